// Fills <div data-trackbacks="ID"> and <span data-trackback-count="ID">, with text only.
(() => {
  const base = document.currentScript.src.split("?")[0];
  const all = name => [...document.querySelectorAll("[data-" + name + "]")];
  const ask = (query, then) => fetch(base + query).then(answer => answer.json()).then(then).catch(() => {});
  const add = (parent, name, text, kind) => {
    const node = document.createElement(name);
    node.textContent = text;
    if (kind) node.className = kind;
    return parent.appendChild(node);
  };
  const show = (place, feed) => {
    const pings = feed.items, lines = feed._reactions || [], none = place.dataset.none;
    const list = document.createElement("ol");
    list.className = "trackbacks";
    pings.forEach(ping => {
      const item = add(list, "li", "");
      item.dir = "auto";
      const title = add(item, "a", ping.title);
      if (/^https?:\/\//.test(ping.url)) title.href = ping.url;
      title.rel = "nofollow ugc noopener";
      const text = ping._text ?? ping.content_text;
      if (text) add(item, "p", text, "excerpt");
      const footer = add(item, "p", "", "footer");
      footer.dir = document.dir || "ltr";
      add(footer, "time", ping._date + " ").dateTime = ping.date_published;
      if (ping._by) add(footer, "bdi", ping._by);
    });
    if (pings.length) place.appendChild(list);
    else if (none && !lines.length) add(place, "p", none, "none");
    lines.forEach(line => add(place, "p", line, "reactions"));
  };
  all("trackbacks").forEach(place => {
    const id = encodeURIComponent(place.dataset.trackbacks);
    ask("?__mode=json&n=100&tb_id=" + id, feed => show(place, feed));
  });
  const counts = all("trackback-count"), name = place => place.dataset.trackbackCount;
  while (counts.length) {
    const some = counts.splice(0, 50);
    const query = some.map(place => "&tb_id=" + encodeURIComponent(name(place))).join("");
    ask("?__mode=count" + query, known => some.forEach(place => place.textContent = known[name(place)]));
  }
  all("trackback-form").forEach(form => form.onsubmit = event => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    fetch(base, { method: "POST", body }).then(answer => answer.text()).then(html => {
      const page = new DOMParser().parseFromString(html, "text/html");
      form.lastElementChild.textContent = page.getElementById("message").textContent;
    }).catch(() => form.submit());
  });
})();
