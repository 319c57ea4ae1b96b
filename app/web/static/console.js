// Makes the console quicker. Every page and form works without it.
(() => {
  const { lang } = document.documentElement;
  const all = (selector) => document.querySelectorAll(selector);
  const locale = `${lang}-u-ca-gregory-nu-latn`;

  // Times in the reader's own zone, as on the public page.
  const clock = new Intl.DateTimeFormat(locale, {
    year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
  });
  for (const time of all("time")) {
    const [at, until] = [time.dateTime, time.dataset.until].map((stamp) => new Date(stamp));
    time.title = time.textContent;
    time.textContent = time.dataset.until ? clock.formatRange(at, until) : clock.format(at);
  }
  const note = document.getElementById("zone");
  if (note) note.textContent = note.dataset.yours.replace("{zone}", Intl.DateTimeFormat().resolvedOptions().timeZone);

  const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const units = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const tell = () => {
    for (const span of all(".ago")) {
      const time = span.parentElement.querySelector("time");
      const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
      const [unit, length] = units.find(([, each]) => Math.abs(seconds) >= each) ?? units.at(-1);
      span.textContent = ago.format(Math.trunc(seconds / length), unit);
    }
  };
  tell();
  setInterval(tell, 60000);

  // What is shown once can be copied with one press.
  for (const field of all("[data-copy]")) {
    field.addEventListener("focus", () => field.select());
    if (!navigator.clipboard) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second";
    button.textContent = field.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value);
      button.textContent = field.dataset.copied;
    });
    field.after(button);
  }

  // Rows are put in order by dragging too; a form of rows says their order when it is sent.
  for (const form of all("form[data-order]")) {
    let dragged;
    for (const row of form.querySelectorAll("[data-row]")) {
      row.draggable = true;
      row.addEventListener("dragstart", (event) => {
        dragged = row;
        row.classList.add("dragged");
        event.dataTransfer.effectAllowed = "move";
      });
      row.addEventListener("dragover", (event) => {
        if (!dragged) return;
        event.preventDefault();
        const { top, height } = row.getBoundingClientRect();
        if (row !== dragged) row[event.clientY < top + height / 2 ? "before" : "after"](dragged);
      });
      row.addEventListener("drop", (event) => event.preventDefault());
      row.addEventListener("dragend", () => {
        dragged = undefined;
        row.classList.remove("dragged");
        form.requestSubmit();
      });
    }
  }

  // A form is sent once, however often its button is pressed.
  addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  // Back from the next page, it may be sent again.
  addEventListener("pageshow", () => { for (const form of all("form[data-sent]")) delete form.dataset.sent; });
})();

// Passkeys: the form says what to ask the device, and sends what it answers.
(() => {
  const { PublicKeyCredential: keys } = window;
  if (!keys?.parseRequestOptionsFromJSON) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation();
      const options = JSON.parse(form.dataset.options);
      const made = form.dataset.passkey === "create"
        ? navigator.credentials.create({ publicKey: keys.parseCreationOptionsFromJSON(options) })
        : navigator.credentials.get({ publicKey: keys.parseRequestOptionsFromJSON(options) });
      try {
        form.elements.answer.value = JSON.stringify((await made).toJSON());
        form.submit();
      } catch { /* The person changed their mind; the form is still there. */ }
    });
  }
})();
