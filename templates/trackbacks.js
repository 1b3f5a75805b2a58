// Fills <div data-trackbacks="ID"> and <span data-trackback-count="ID">, with text only.
(function () {
  var base = document.currentScript.src.split("?")[0];
  function ask(query, then) {
    fetch(base + query)
      .then(function (answer) { return answer.json(); })
      .then(then)
      .catch(function () {});
  }
  function add(parent, name, text) {
    var node = document.createElement(name);
    node.textContent = text;
    return parent.appendChild(node);
  }
  function show(place, feed) {
    var list = document.createElement("ol");
    list.className = "trackbacks";
    feed.items.forEach(function (ping) {
      var item = add(list, "li", "");
      item.dir = "auto";
      var title = add(item, "a", ping.title);
      if (/^https?:\/\//.test(ping.url)) title.href = ping.url;
      title.rel = "nofollow ugc noopener";
      if (ping.content_text) add(item, "p", ping.content_text).className = "excerpt";
      var footer = add(item, "p", "");
      footer.className = "footer";
      add(footer, "time", ping.date_published.slice(0, 10)).dateTime = ping.date_published;
      if (ping.authors) add(footer, "bdi", " " + ping.authors[0].name);
    });
    if (feed.items.length) place.appendChild(list);
    (feed._reactions || []).forEach(function (line) { add(place, "p", line).className = "reactions"; });
  }
  document.querySelectorAll("[data-trackbacks]").forEach(function (place) {
    var id = encodeURIComponent(place.dataset.trackbacks);
    ask("?__mode=json&n=100&tb_id=" + id, function (feed) { show(place, feed); });
  });
  function count(places) {
    function id(place) { return place.dataset.trackbackCount; }
    function query(place) { return "&tb_id=" + encodeURIComponent(id(place)); }
    ask("?__mode=count" + places.map(query).join(""), function (counts) {
      places.forEach(function (place) { place.textContent = counts[id(place)]; });
    });
  }
  var all = Array.from(document.querySelectorAll("[data-trackback-count]"));
  while (all.length) count(all.splice(0, 50));
})();
