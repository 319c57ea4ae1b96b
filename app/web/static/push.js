// Service worker that shows the notifications of this page. It stores nothing and serves no page.
const read = (data) => {
  try {
    const found = data.json();
    return found && typeof found.title === "string" ? found : null;
  } catch {
    return null;
  }
};

const local = (url) => {
  try {
    const found = new URL(url, self.location.origin);
    return found.origin === self.location.origin ? found.href : self.location.origin;
  } catch {
    return self.location.origin;
  }
};

self.addEventListener("push", (event) => {
  const found = event.data && read(event.data);
  // A browser revokes the permission of a page whose push shows nothing.
  const { title, body, lang, dir, tag, renotify, url } = found ?? { title: self.location.host };
  // No browser decodes an SVG picture for a notification.
  event.waitUntil(self.registration.showNotification(title, {
    body, lang, dir, tag, renotify: Boolean(tag && renotify), icon: "/icon.png", data: { url: local(url ?? "/") },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.url));
});

// A new release takes the place of the former one at once.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
