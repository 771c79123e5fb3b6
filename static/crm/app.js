/* Keyboard, selections, decisions, safety nets. Every page also works without it. */
(function () {
  "use strict";

  const all = (selector, root) => [...(root || document).querySelectorAll(selector)];

  /* Keys: `/` finds, a letter presses what carries it in data-key; never while somebody types. */
  const typing = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(event.target instanceof Element) || typing(event.target) || document.querySelector(".modal.show")) return;
    if (event.key === "/") {
      const search = document.getElementById("q");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      return;
    }
    if (!/^[a-z?]$/.test(event.key)) return;
    const target = document.querySelector('[data-key="' + event.key + '"]');
    if (target && !target.disabled) { event.preventDefault(); target.click(); }
  });

  /* A form is sent once: a second click waits for the first answer. A download leaves its page standing. */
  function release(form) {
    delete form.dataset.sent;
    all("button[data-held]").forEach((button) => {
      if (button.form === form) { button.disabled = false; button.removeAttribute("data-held"); }
    });
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (event.defaultPrevented) return;
    form.dataset.sent = "1";
    delete form.dataset.dirty;
    setTimeout(() => [...form.elements].forEach((part) => {
      if (part.type === "submit" && !part.disabled) { part.disabled = true; part.dataset.held = "1"; }
    }), 0);
    if ("download" in form.dataset) setTimeout(() => release(form), 3000);
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => { if (event.target.matches("form[data-sent]")) release(event.target); });

  /* A whole document or phone number never stands in an address: the search goes by POST. */
  const KINDS = [["phone", /^(\+?86)?1[3-9]\d{9}$/], ["document", /^(\d{15}|\d{17}[\dXx])$/], ["account", /^\d{16,19}$/]];
  document.addEventListener("submit", (event) => {
    const box = event.target.method === "get" && event.target.elements.namedItem("q");
    const text = box ? box.value.replace(/[\s-]/g, "") : "";
    const kind = KINDS.find((pair) => pair[1].test(text));
    const token = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (!kind || !token || !("numbers" in event.target.dataset)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const form = document.createElement("form");
    form.method = "post";
    form.action = event.target.action;
    Object.entries({ kind: kind[0], value: text, csrfmiddlewaretoken: token.value }).forEach((pair) => {
      const field = document.createElement("input");
      field.type = "hidden";
      [field.name, field.value] = pair;
      form.append(field);
    });
    document.body.append(form);
    form.submit();
  }, true);

  /* Leaving a changed form asks first. */
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && "guard" in form.dataset) form.dataset.dirty = "1";
  });
  window.addEventListener("beforeunload", (event) => {
    if (!document.querySelector("form[data-dirty]")) return;
    event.preventDefault();
    event.returnValue = "1";
  });

  /* Selecting rows. */
  function recount(scope) {
    const boxes = all("[data-pick]", scope);
    const picked = boxes.filter((box) => box.checked);
    boxes.forEach((box) => { const row = box.closest("tr, li"); if (row) row.classList.toggle("is-picked", box.checked); });
    all("[data-picked-count]", scope).forEach((node) => { node.textContent = picked.length; });
    all("[data-picked-bar]", scope).forEach((node) => { node.hidden = picked.length === 0; });
    const whole = scope.querySelector("[data-pick-all]");
    if (!whole) return;
    whole.checked = picked.length > 0 && picked.length === boxes.length;
    whole.indeterminate = picked.length > 0 && picked.length < boxes.length;
  }
  all("[data-picks]").forEach((scope) => {
    scope.addEventListener("change", (event) => {
      if (event.target.matches("[data-pick-all]")) all("[data-pick]", scope).forEach((box) => { box.checked = event.target.checked; });
      recount(scope);
    });
    window.addEventListener("pageshow", () => recount(scope));
    recount(scope);
  });

  /* Deciding field by field: reasons appear with a rejection, counts stand in the action bar. */
  function decide(form) {
    const items = all("[data-item]", form);
    function refresh() {
      const counts = { accept: 0, reject: 0, keep: 0, open: 0, why: 0 };
      items.forEach((item) => {
        const choice = item.querySelector("input[type=radio]:checked");
        const value = choice && choice.value in counts ? choice.value : "open";
        counts[value] += 1;
        all("[data-why]", item).forEach((why) => {
          why.hidden = value !== "reject";
          all("input, textarea", why).forEach((box) => {
            box.required = value === "reject";
            if (box.required && !box.value.trim()) counts.why += 1;
          });
        });
      });
      Object.keys(counts).forEach((key) => all('[data-decide-bar] [data-count="' + key + '"]').forEach((node) => {
        node.textContent = counts[key];
        const tag = node.closest(".tag, [data-when]");
        if (tag) tag.hidden = counts[key] === 0;
      }));
    }
    form.addEventListener("change", (event) => {
      refresh();
      const why = event.target.value === "reject" && event.target.closest("[data-item]")?.querySelector("[data-why] input, [data-why] textarea");
      if (why && !why.value) why.focus();
    });
    form.addEventListener("input", refresh);
    all("[data-all]", form).forEach((button) => button.addEventListener("click", () => {
      items.forEach((item) => all("input[type=radio]", item).forEach((radio) => {
        if (button.dataset.all === "reset") radio.checked = false;
        else if (radio.value === button.dataset.all) radio.checked = true;
      }));
      form.dataset.dirty = "1";
      refresh();
    }));
    window.addEventListener("pageshow", refresh);
    refresh();
  }
  all("form[data-decide]").forEach(decide);

  /* What was revealed is masked again, also when the page slept meanwhile. */
  all("[data-remask]").forEach((node) => {
    const until = Date.now() + Number(node.dataset.remask) * 1000;
    const clock = setInterval(() => {
      if (Date.now() < until) return;
      clearInterval(clock);
      node.textContent = node.dataset.masked || "***";
      if (node.dataset.back) window.location.replace(node.dataset.back);
    }, 500);
  });

  /* On a phone the tabs scroll sideways: the open one stands in sight. */
  function showTab() {
    all(".tabs [aria-current]").forEach((tab) => {
      const bar = tab.parentElement;
      bar.scrollLeft += tab.getBoundingClientRect().left - bar.getBoundingClientRect().left - 16;
    });
  }
  showTab();
  document.addEventListener("htmx:afterSettle", showTab);

  /* A link to a field opens on it. */
  function land() {
    const id = window.location.hash.slice(1);
    const node = id.startsWith("f-") && document.getElementById(id);
    if (!node) return;
    all(".is-landed").forEach((other) => other.classList.remove("is-landed"));
    node.classList.add("is-landed");
    const box = node.querySelector("input:not([type=hidden]), select, textarea, a, button");
    node.scrollIntoView({ block: "center" });
    if (box) box.focus({ preventScroll: true });
  }
  window.addEventListener("hashchange", land);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#f-"]');
    if (link && link.hash === window.location.hash) setTimeout(land, 0);
  });
  land();
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
  /* Going to the fragment takes the focus back once the page has loaded. */
  window.addEventListener("load", () => setTimeout(() => { if (document.activeElement === document.body) land(); }, 0));

  all("select[data-submit]").forEach((box) => box.addEventListener("change", () => box.form.requestSubmit()));

  /* On a phone the list comes before its filters. */
  if (window.innerWidth < 768) document.querySelectorAll("details[data-fold]").forEach((fold) => { fold.open = false; });
})();
