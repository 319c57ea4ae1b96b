// Scripts of the console. Every page and form works without them.
(() => {
  const { lang } = document.documentElement;
  const { tools } = document.currentScript.dataset;
  const all = (selector) => document.querySelectorAll(selector);
  const locale = `${lang}-u-ca-gregory-nu-latn`;

  // Times in the reader's own zone, as on the public page.
  // Times inside a text of another language are formatted in that language.
  const clocks = {};
  const clock = (tag) => clocks[tag] ??= new Intl.DateTimeFormat(`${tag}-u-ca-gregory-nu-latn`, {
    year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
  });
  // Where clocks change in between, each end has its own offset; a range would name one of them.
  // After Latin letters, a mark keeps the end at its place where text runs right to left.
  const mark = document.documentElement.dir === "rtl" ? "\u200f" : "";
  const marked = (parts) => parts.map(({ type, value }) => type === "timeZoneName" || type === "dayPeriod" ? value + mark : value).join("");
  const span = (own, at, until) => at.getTimezoneOffset() === until.getTimezoneOffset()
    ? marked(own.formatRangeToParts(at, until)) : `${own.format(at)}${mark} – ${own.format(until)}`;
  const tellTimes = () => {
    for (const time of all("time:not([title])")) {
      const [at, until] = [time.dateTime, time.dataset.until].map((stamp) => new Date(stamp));
      const { lang: tag } = time.closest("[lang]");
      // A browser without the data of a language would write English.
      if (!Intl.DateTimeFormat.supportedLocalesOf(tag).length) continue;
      const own = clock(tag);
      time.title = time.textContent;
      // CLDR leaves an alternative to the reader in Basque: "ira. 30(a)".
      time.textContent = (time.dataset.until ? span(own, at, until) : own.format(at)).replaceAll("(a)", "");
    }
  };
  tellTimes();
  // Pictures too: they are drawn anew in the page.
  const drawPictures = () => {
    if (!document.querySelector(".chain img") || !Intl.DateTimeFormat.supportedLocalesOf(lang).length) return;
    const localise = (picture) => {
      for (const each of picture.querySelectorAll("[data-at]")) {
        each.textContent = clock(lang).format(new Date(each.dataset.at)).replaceAll("(a)", "");
      }
    };
    // Without the script the pictures stay in the zone of the page.
    import(tools).then(({ draw }) => draw(localise)).catch(() => {});
  };
  drawPictures();
  const note = document.getElementById("zone");
  if (note) note.textContent = note.dataset.yours.replace("{zone}", Intl.DateTimeFormat().resolvedOptions().timeZone);

  const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const units = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const tell = () => {
    for (const span of all(".ago")) {
      if (span.closest("#preview")) continue;
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

  // A file above the size limit is reported before the form is submitted.
  for (const field of all("[data-most]")) {
    field.addEventListener("change", () => {
      const tooLarge = [...field.files].some((file) => file.size > field.dataset.most);
      field.setCustomValidity(tooLarge ? field.dataset.tooLarge : "");
      field.reportValidity();
    });
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

  // Saves the form draft while somebody types, and refreshes the preview for visitors.
  for (const form of all("form[data-keeps]")) {
    let due = 0;
    let running;
    const mark = () => {
      for (const panel of form.querySelectorAll(".panel")) {
        const state = panel.previousElementSibling.querySelector(".state");
        const there = (panel.querySelector("textarea") ?? panel.querySelector("input")).value.trim();
        if (there && state.classList.contains("outdated")) continue;
        state.className = `state ${there ? "current" : "missing"}`;
        state.textContent = there ? state.dataset.current : state.dataset.missing;
      }
    };
    const keep = async (leaving) => {
      clearTimeout(due);
      due = 0;
      running?.abort();
      running = new AbortController();
      const fields = new URLSearchParams(new FormData(form));
      fields.set("do", "preview");
      const signal = leaving ? undefined : running.signal;
      try {
        const answer = await fetch(form.action, { method: "POST", body: fields, keepalive: leaving, signal });
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const parts = ["draft-status", "preview", "notified"].map((id) => [document.getElementById(id), fresh.getElementById(id)]);
        if (parts.some(([, part]) => !part)) throw new Error();
        for (const [old, part] of parts) {
          const focused = old.contains(document.activeElement) && document.activeElement.name;
          old.replaceWith(part);
          if (focused) part.querySelector(`[name="${focused}"]`)?.focus();
        }
        tellTimes();
      } catch (error) {
        if (error.name !== "AbortError") document.getElementById("draft-status").textContent = form.dataset.keeps;
      }
    };
    form.addEventListener("input", () => {
      mark();
      clearTimeout(due);
      due = setTimeout(keep, 800);
    });
    form.addEventListener("submit", () => {
      clearTimeout(due);
      due = 0;
      running?.abort();
    });
    addEventListener("visibilitychange", () => { if (document.hidden && due) keep(true); });
  }

  // Until it leaves; then look where it went.
  for (const left of all("[data-left]")) {
    const until = Date.now() + 1000 * left.dataset.left;
    const count = () => {
      const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      if (left.textContent && left.textContent !== `${seconds}`) left.textContent = seconds;
      if (seconds) setTimeout(count, 200);
      else if (left.closest(".leaves")) setTimeout(() => location.reload(), 1200);
    };
    count();
  }

  // Long lists of services: a search that hides the others, and one choice for a whole group.
  for (const box of all("[data-finds]")) {
    const field = box.querySelector("input");
    box.hidden = false;
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    field.addEventListener("input", (event) => {
      event.stopPropagation();
      const wanted = field.value.trim().toLocaleLowerCase(lang);
      for (const row of box.parentElement.querySelectorAll("[data-found]")) {
        row.hidden = !row.dataset.found.toLocaleLowerCase(lang).includes(wanted);
      }
      for (const group of box.parentElement.querySelectorAll("[data-group]")) {
        group.hidden = !group.querySelector("[data-found]:not([hidden])");
      }
    });
  }
  for (const box of all("[data-all]")) {
    const chosen = box.querySelector("input, select");
    box.hidden = false;
    chosen.addEventListener("input", () => {
      for (const each of box.closest("[data-group]").querySelectorAll("[data-found]:not([hidden]) :is(input, select)")) {
        each.value = chosen.matches("select") ? chosen.value : each.value;
        each.checked = chosen.checked;
      }
    });
  }

  // An awaited result arrives by itself: the screen is fetched every two seconds, for two minutes.
  const awaitResult = (tries) => {
    const waiting = document.querySelector("[data-awaited]");
    if (waiting && !tries) waiting.textContent = waiting.dataset.awaited;
    if (!waiting || !tries) return;
    setTimeout(async () => {
      try {
        const answer = await fetch(location.href);
        const main = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
        if (answer.ok && main && !main.querySelector("[data-awaited]")) {
          document.querySelector("main").replaceWith(main);
          tellTimes();
          drawPictures();
          tell();
        } else if (answer.ok && main?.querySelector("[data-progress]")) {
          // What tells how far it is may take hours.
          waiting.textContent = main.querySelector("[data-progress]").textContent;
          tries = 60;
        }
      } catch { /* The network is away for a moment; the next try may succeed. */ }
      awaitResult(tries - 1);
    }, 2000);
  };
  awaitResult(60);

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
