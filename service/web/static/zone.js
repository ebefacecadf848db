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

  // The order of the words is the language's: the page brings it along.
  function put(id, values) {
    var place = document.getElementById(id);
    place.textContent = place.getAttribute("data-pattern").replace(/\{(\w+)\}/g, function (_, name) { return values[name]; });
  }

  function say() {
    put("slot", { day: label(weekday), hour: label(hour) });
    put("slot-zone", { zone: zone.value.replace(/_/g, " ") });
    if (zone.value === "Etc/UTC") document.getElementById("slot-zone").textContent = "UTC";
  }

  var guess = find(Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (guess && document.querySelector("[data-untouched]")) guess.selected = true;
  say();
  window.addEventListener("pageshow", say); // a browser may bring back what was chosen before
  [weekday, hour, zone].forEach(function (select) { select.addEventListener("change", say); });
})();
