/* Keyboard, selections, decisions, safety nets. Every page also works without it. */
(function () {
  "use strict";

  const typing = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target)) return;
    if (event.key === "/") {
      const search = document.getElementById("q");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      return;
    }
    if (!/^[a-z?]$/.test(event.key)) return;
    const target = document.querySelector('[data-key="' + event.key + '"]');
    if (target && !target.disabled) { event.preventDefault(); target.click(); }
  });

  /* A form is sent once: a second click waits for the first answer. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.removeAttribute("data-dirty");
    setTimeout(() => form.querySelectorAll("button:not([type=button])").forEach((b) => { b.disabled = true; }), 0);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button:not([type=button])").forEach((b) => { b.disabled = false; });
  }));

  /* Leaving a changed form asks first. */
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) form.dataset.dirty = "1";
  });
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-dirty]")) event.preventDefault();
  });

  /* Selecting rows. */
  function recount(scope) {
    const boxes = [...scope.querySelectorAll("[data-pick]")];
    const picked = boxes.filter((box) => box.checked);
    boxes.forEach((box) => { const row = box.closest("tr, li"); if (row) row.classList.toggle("is-picked", box.checked); });
    scope.querySelectorAll("[data-picked-count]").forEach((node) => { node.textContent = picked.length; });
    scope.querySelectorAll("[data-picked-bar]").forEach((node) => { node.hidden = picked.length === 0; });
    const all = scope.querySelector("[data-pick-all]");
    if (all) { all.checked = picked.length > 0 && picked.length === boxes.length; all.indeterminate = picked.length > 0 && picked.length < boxes.length; }
  }
  document.querySelectorAll("[data-picks]").forEach((scope) => {
    scope.addEventListener("change", (event) => {
      if (event.target.matches("[data-pick-all]")) scope.querySelectorAll("[data-pick]").forEach((box) => { box.checked = event.target.checked; });
      recount(scope);
    });
    recount(scope);
  });

  /* Deciding field by field: reasons appear with a rejection, counts stand in the action bar. */
  document.querySelectorAll("form[data-decide]").forEach((form) => {
    const bar = document.querySelector("[data-decide-bar]");
    const items = [...form.querySelectorAll("[data-item]")];
    function refresh() {
      const counts = { accept: 0, reject: 0, keep: 0, open: 0 };
      items.forEach((item) => {
        const choice = item.querySelector("input[type=radio]:checked");
        const value = choice ? choice.value : "open";
        counts[value in counts ? value : "open"] += 1;
        item.querySelectorAll("[data-why]").forEach((why) => {
          why.hidden = value !== "reject";
          why.querySelectorAll("input, textarea").forEach((box) => { box.required = value === "reject"; });
        });
      });
      if (bar) Object.keys(counts).forEach((key) => bar.querySelectorAll('[data-count="' + key + '"]').forEach((node) => {
        node.textContent = counts[key];
        const tag = node.closest(".tag");
        if (tag) tag.hidden = counts[key] === 0;
      }));
    }
    form.addEventListener("change", refresh);
    form.querySelectorAll("[data-all]").forEach((button) => button.addEventListener("click", () => {
      items.forEach((item) => item.querySelectorAll("input[type=radio]").forEach((radio) => {
        if (button.dataset.all === "reset") radio.checked = false;
        else if (radio.value === button.dataset.all) radio.checked = true;
      }));
      refresh();
    }));
    refresh();
  });

  /* What was revealed is masked again. */
  document.querySelectorAll("[data-remask]").forEach((node) => setTimeout(() => {
    node.textContent = node.dataset.masked || "***";
    if (node.dataset.back) window.location.assign(node.dataset.back);
  }, Number(node.dataset.remask) * 1000));

  /* A link to a field opens on it. */
  function land() {
    const id = window.location.hash.slice(1);
    if (!id.startsWith("f-")) return;
    const node = document.getElementById(id);
    if (!node) return;
    node.classList.add("is-landed");
    const box = node.querySelector("input, select, textarea, a");
    (box || node).focus({ preventScroll: false });
  }
  window.addEventListener("hashchange", land);
  land();
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
  document.querySelectorAll("select[data-submit]").forEach((box) => box.addEventListener("change", () => box.form.requestSubmit()));
})();
