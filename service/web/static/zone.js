// Chooses the zone that the browser knows, while nobody has chosen another. Without it the page works as well.
(function () {
  "use strict";
  var weekday = document.getElementById("weekday");
  var hour = document.getElementById("hour");
  var zone = document.getElementById("zone");
  if (!zone || !window.Intl) return;

  function find(name) {
    return Array.prototype.filter.call(zone.options, function (option) {
      var others = option.getAttribute("data-others") || "";
      return option.value === name || others.split(" ").indexOf(name) >= 0;
    })[0];
  }

  function label(select) {
    return select.options[select.selectedIndex].text;
  }

  function say() {
    document.getElementById("slot").textContent = label(weekday) + " at " + label(hour);
    document.getElementById("slot-zone").textContent =
      zone.value === "Etc/UTC" ? "UTC" : zone.value.replace(/_/g, " ") + " time";
  }

  var guess = find(Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (guess && document.querySelector("[data-untouched]")) guess.selected = true;
  say();
  window.addEventListener("pageshow", say); // a browser may bring back what was chosen before
  [weekday, hour, zone].forEach(function (select) { select.addEventListener("change", say); });
})();
