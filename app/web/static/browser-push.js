// The button of the subscribe page that lets this browser be notified.
(() => {
  const part = document.getElementById("push");
  if (!part || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const button = part.querySelector("button");
  const status = part.querySelector("[role=status]");
  const link = part.querySelector("a");
  part.hidden = false;

  const bytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0),
  );

  const subscribe = async () => {
    if (await Notification.requestPermission() !== "granted") return part.dataset.refused;
    await navigator.serviceWorker.register("/push.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    const found = await pushManager.subscribe({
      userVisibleOnly: true, applicationServerKey: bytes(part.dataset.key),
    });
    const answer = await fetch(part.dataset.url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(found),
    });
    if (!answer.ok) return part.dataset.failed;
    link.href = (await answer.json()).manage;
    link.parentElement.hidden = false;
    return part.dataset.saved;
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    status.textContent = await subscribe().catch(() => part.dataset.failed);
    button.disabled = false;
  });
})();
