// Shows every time in the visitor's own zone, and how long ago it was. Without it the page is whole.
(() => {
  const { body, currentScript, documentElement: { lang } } = document;
  // As it was sent: what is compared with how it will be sent later.
  const sent = body.cloneNode(true);
  const locale = `${lang}-u-ca-gregory-nu-latn`;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const clock = new Intl.DateTimeFormat(locale, {
    year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
  });
  // Where clocks change in between, each end has its own offset; a range would name one of them.
  const span = (at, until) => at.getTimezoneOffset() === until.getTimezoneOffset()
    ? clock.formatRange(at, until) : `${clock.format(at)} – ${clock.format(until)}`;
  const note = (part) => {
    part.textContent = part.dataset.yours.replace("{zone}", zone);
  };
  const localise = (part) => {
    for (const time of part.querySelectorAll("time")) {
      const [at, until] = [time.dateTime, time.dataset.until].map((stamp) => new Date(stamp));
      time.title = time.textContent;
      time.textContent = time.dataset.until ? span(at, until) : clock.format(at);
    }
    part.querySelectorAll("#zone").forEach(note);
  };

  const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const units = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const tell = () => {
    for (const span of document.querySelectorAll(".ago")) {
      const time = span.parentElement.querySelector("time");
      const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
      const [unit, length] = units.find(([, each]) => Math.abs(seconds) >= each) ?? units.at(-1);
      span.textContent = ago.format(Math.trunc(seconds / length), unit);
    }
  };
  localise(body);
  tell();
  setInterval(tell, 60000);

  // Whoever stays is kept up to date; that takes more script, which a first look does not need.
  const stay = () => import(currentScript.dataset.live).then(
    ({ live }) => live({ sent, localise, tell, clock }),
    () => setTimeout(stay, 60000),
  );
  if (document.querySelector("link[rel=canonical]")) setTimeout(stay, 9000);
})();
