// Shows times in the visitor's own zone, and how long ago they were. The page is whole without it.
(() => {
  const { body, currentScript, documentElement: { lang } } = document;
  // The page as served, to be compared with later ones.
  const sent = body.cloneNode(true);
  const locale = `${lang}-u-ca-gregory-nu-latn`;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const clock = new Intl.DateTimeFormat(locale, {
    year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
  });
  // A range names one offset only.
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

  // Live updates are loaded later: the first view does not need them.
  const stay = () => import(currentScript.dataset.live).then(
    ({ live }) => live({ sent, localise, tell, clock }),
    () => setTimeout(stay, 60000),
  );
  if (document.querySelector("link[rel=canonical]")) setTimeout(stay, 9000);
})();
