// Shows every time in the visitor's own zone, and how long ago it was. Without it the page is whole.
(() => {
  const { documentElement: { lang }, querySelectorAll } = document;
  const all = (selector) => document.querySelectorAll(selector);
  const locale = `${lang}-u-ca-gregory-nu-latn`;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const clock = new Intl.DateTimeFormat(locale, {
    year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
  });
  for (const time of all("time")) {
    const [at, until] = [time.dateTime, time.dataset.until].map((stamp) => new Date(stamp));
    time.title = time.textContent;
    time.textContent = time.dataset.until ? clock.formatRange(at, until) : clock.format(at);
  }
  const note = document.getElementById("zone");
  note.textContent = note.dataset.yours.replace("{zone}", zone);

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
})();
