// Shows an entry's TrackBacks in <div data-trackbacks="ID">. What strangers wrote is set as text, never as markup.
(function () {
  var base = document.currentScript.src.split("?")[0];
  function add(parent, name, text) {
    var element = document.createElement(name);
    element.textContent = text;
    parent.appendChild(element);
    return element;
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
  }
  document.querySelectorAll("[data-trackbacks]").forEach(function (place) {
    var id = encodeURIComponent(place.getAttribute("data-trackbacks"));
    fetch(base + "?__mode=json&n=100&tb_id=" + id)
      .then(function (answer) { return answer.json(); })
      .then(function (feed) { show(place, feed); })
      .catch(function () {});
  });
})();
