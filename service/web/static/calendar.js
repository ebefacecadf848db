// Comfort for the calendar: a batch that has not begun is dragged to another day. It sends the form that stands below the month.
(function () {
  "use strict";

  var dragged = null;

  function cell(target) {
    return target.closest ? target.closest("[data-day]") : null;
  }

  function prepare() {
    document.querySelectorAll("[data-moves]").forEach(function (each) { each.draggable = true; });
  }

  prepare();
  document.addEventListener("htmx:afterSwap", prepare);  // what is to come may be counted after the page

  document.addEventListener("dragstart", function (event) {
    dragged = event.target.closest ? event.target.closest("[data-moves]") : null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  document.addEventListener("dragover", function (event) {
    if (dragged && cell(event.target)) event.preventDefault();
  });
  document.addEventListener("drop", function (event) {
    var over = dragged && cell(event.target);
    if (!over || over === cell(dragged)) return;
    event.preventDefault();
    var form = document.getElementById(dragged.getAttribute("data-moves"));
    form.elements.first_date.value = over.getAttribute("data-day");
    form.requestSubmit();
  });
  document.addEventListener("dragend", function () { dragged = null; });
})();
