// Comfort for the desk: forms that htmx sends carry their token, rows can be dragged, pasted letters come in as plain Markdown.
// Without it every page works as well.
(function () {
  "use strict";

  // The token of this page goes with whatever htmx sends.
  document.addEventListener("htmx:configRequest", function (event) {
    var token = document.querySelector('meta[name="csrf"]');
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });

  // htmx keeps the address of the page for a history that is switched off. Nothing of the desk stays behind.
  try { window.sessionStorage.removeItem("htmx-current-path-for-history"); } catch (error) { /* there is no storage */ }

  // A row that is dragged is dropped by its own form: the one that its buttons send.
  var dragged = null;

  function row(target) {
    return target.closest ? target.closest("[data-order] > li") : null;
  }

  function isBelow(event, over) {
    var box = over.getBoundingClientRect();
    return event.clientY > box.top + box.height / 2;
  }

  function unmark() {
    document.querySelectorAll("[data-order] > .before, [data-order] > .after").forEach(function (each) {
      each.classList.remove("before", "after");
    });
  }

  function place(form) {
    return Number(form.getAttribute("data-place"));
  }

  function drop(event, over) {
    var form = dragged.querySelector("form.mover");
    var from = place(form);
    var to = place(over.querySelector("form.mover")) + (isBelow(event, over) ? 1 : 0);
    if (to > from) to -= 1; // it leaves its own place first
    if (to === from) return;
    var field = document.createElement("input");
    field.type = "hidden";
    field.name = "to";
    field.value = String(to);
    form.appendChild(field);
    form.requestSubmit();
  }

  function mayDrag(root) {
    root.querySelectorAll("[data-order] > li").forEach(function (each) {
      if (each.querySelector("form.mover")) each.draggable = true;
    });
  }

  document.addEventListener("dragstart", function (event) {
    dragged = row(event.target);
    if (!dragged || event.target !== dragged) { dragged = null; return; }
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    dragged.classList.add("dragged");
  });
  document.addEventListener("dragover", function (event) {
    var over = dragged && row(event.target);
    unmark();
    if (!over || over.parentNode !== dragged.parentNode) return;
    event.preventDefault();
    over.classList.add(isBelow(event, over) ? "after" : "before");
  });
  document.addEventListener("drop", function (event) {
    var over = dragged && row(event.target);
    if (!over || over.parentNode !== dragged.parentNode) return;
    event.preventDefault();
    drop(event, over);
  });
  document.addEventListener("dragend", function () {
    unmark();
    if (dragged) dragged.classList.remove("dragged");
    dragged = null;
  });
  mayDrag(document);
  document.addEventListener("htmx:load", function (event) { mayDrag(event.target.parentNode || event.target); });

  // What comes from a word processor keeps bold, italics, lists, quotes and links, and nothing else.
  var LONGEST = 400000; // characters of HTML; what is longer comes in as its plain text
  var DEEPEST = 60;
  var BLOCKS = /^(P|DIV|SECTION|ARTICLE|TABLE|TR|UL|OL|LI|BLOCKQUOTE|H[1-6]|PRE|HR)$/;
  var NOTHING = /^(STYLE|SCRIPT|META|LINK|TITLE|HEAD|IMG|SVG|OBJECT|IFRAME|XML|O:P|TEMPLATE|NOSCRIPT)$/;

  function look(node, name) {
    var found = new RegExp("(?:^|;)\\s*" + name + "\\s*:\\s*([\\w-]+)", "i").exec(node.getAttribute("data-look") || "");
    return found ? found[1].toLowerCase() : "";
  }

  function isBold(node) {
    var weight = look(node, "font-weight");
    if (weight) return weight.indexOf("bold") === 0 || Number(weight) >= 600; // Google Docs wraps all in a <b> that is none
    return /^(B|STRONG)$/.test(node.tagName);
  }

  function isItalic(node) {
    var style = look(node, "font-style");
    return style ? style === "italic" || style === "oblique" : /^(I|EM)$/.test(node.tagName);
  }

  // The marks stand next to the words: Markdown does not see them beside a space.
  function marked(text, mark) {
    var parts = /^(\s*)([\s\S]*?)(\s*)$/.exec(text);
    if (!parts[2] || parts[2].indexOf("\n\n") >= 0) return text;
    return parts[1] + mark + parts[2] + mark + parts[3];
  }

  function plain(text) {
    return text.replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, "").replace(/[\s\u00a0]+/g, " ");
  }

  function inside(node, state) {
    var text = "";
    node.childNodes.forEach(function (child) { text += written(child, state); });
    return text;
  }

  function block(text) {
    return "\n\n" + text.trim() + "\n\n";
  }

  function linked(node, text) {
    var href = node.getAttribute("href") || "";
    return /^https:\/\//i.test(href) && text.trim() ? "[" + text.trim() + "](" + href.replace(/[()\s]/g, encodeURIComponent) + ")" : text;
  }

  function listed(node, state) {
    var number = 0;
    var text = "";
    node.childNodes.forEach(function (child) {
      if (child.nodeType !== 1) return;
      var item = written(child, state).trim().replace(/\n{2,}/g, "\n");
      if (!item) return;
      number += 1;
      var mark = node.tagName === "OL" ? number + ". " : "- ";
      text += child.tagName === "LI" ? mark + item.replace(/\n/g, "\n   ") + "\n" : "   " + item.replace(/\n/g, "\n   ") + "\n";
    });
    return block(text);
  }

  function written(node, state) {
    if (node.nodeType === 3) return plain(node.nodeValue);
    if (node.nodeType !== 1 || NOTHING.test(node.tagName) || look(node, "mso-list") === "ignore") return "";
    if (state.depth >= DEEPEST) return plain(node.textContent);
    if (node.tagName === "BR") return "\n";
    if (node.tagName === "HR") return "\n\n";
    var bold = isBold(node) && !state.bold;
    var italic = isItalic(node) && !state.italic;
    var heading = /^H[1-6]$/.test(node.tagName);
    var deeper = { depth: state.depth + 1, bold: state.bold || bold || heading, italic: state.italic || italic };
    if (/^(UL|OL)$/.test(node.tagName)) return listed(node, deeper);
    var text = inside(node, deeper);
    if (italic) text = marked(text, "*");
    if (bold && !heading) text = marked(text, "**");
    if (node.tagName === "A") return linked(node, text);
    if (heading) return block(marked(text.trim().replace(/\s*\n\s*/g, " "), "**"));
    if (node.tagName === "BLOCKQUOTE") return block("> " + text.trim().replace(/\n/g, "\n> "));
    if (/MsoListParagraph/.test(node.className)) return block("- " + text.trim());
    if (/^(TD|TH)$/.test(node.tagName)) return text.trim() + " ";
    return BLOCKS.test(node.tagName) ? block(text) : text;
  }

  // The policy of this page lets no style in, not even in words that are only read.
  function unstyled(html) {
    return html.replace(/<style\b[\s\S]*?<\/style>/gi, "").replace(/<[^<>]*>/g, function (tag) {
      return tag.replace(/\sstyle\s*=/gi, " data-look=");
    });
  }

  function markdown(html) {
    var body = new DOMParser().parseFromString(unstyled(html), "text/html").body;
    var text = written(body, { depth: 0, bold: false, italic: false });
    return text.replace(/[ \t]+\n/g, "\n").replace(/\n[ \t]+(?=\n)/g, "\n").replace(/\n{3,}/g, "\n\n").trim();
  }

  document.addEventListener("paste", function (event) {
    var area = event.target;
    if (!area.matches || !area.matches('textarea[data-paste="markdown"]') || !event.clipboardData) return;
    var html = event.clipboardData.getData("text/html");
    if (!html || html.length > LONGEST) return;
    var text = markdown(html);
    if (!text) return;
    event.preventDefault();
    // The old way of typing for somebody: it alone can be undone with the keyboard.
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
})();
