"""Prints what WordPress says above an entry in each of its languages: [[language, kind, line], …], by its own translations."""

import datetime, gettext, glob, html, json, os, re, sys

MOMENTS = [datetime.datetime(2026, 1, 2, 9, 5), datetime.datetime(2025, 8, 17, 18, 40), datetime.datetime(2024, 11, 30, 12, 0)]


def spelt(moment, form, said):
    """PHP's date(), as WordPress translates it."""
    month, day = moment.strftime("%B"), moment.strftime("%A")
    genitive = said("genitive\x04" + month)
    # As WordPress has it: after a day, in the languages that decline their months.
    is_declined = said("decline months names: on or off") == "on" and re.search(r"[jd]\.? F", form)
    number = moment.day
    ending = "th" if 10 < number < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    half = moment.strftime("%p")
    parts = {
        "j": str(number), "d": f"{number:02}", "S": ending,
        "l": said(day),
        "F": genitive if is_declined and genitive != "genitive\x04" + month else said(month),
        "m": f"{moment.month:02}", "n": str(moment.month), "Y": str(moment.year), "y": f"{moment.year % 100:02}",
        "g": str((moment.hour + 11) % 12 + 1), "G": str(moment.hour), "h": f"{(moment.hour + 11) % 12 + 1:02}",
        "H": f"{moment.hour:02}", "i": f"{moment.minute:02}", "s": "00",
        "a": said(half.lower()), "A": said(half),
    }
    return re.sub(r"\\(.)|([A-Za-z])", lambda m: m[1] or parts.get(m[2], m[2]), form)


lines = []
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.mo"))):
    language = os.path.basename(path)[:-3]
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", language):
        continue
    with open(path, "rb") as file:
        said = gettext.GNUTranslations(file).gettext
    for moment in MOMENTS:
        forms = [said("F j, Y"), said("F j, Y g:i a")]
        # What is not translated is English, or not used.
        forms += [said(form) for form in ("l, F jS, Y", "Y/m/d") if said(form) != form or language.startswith("en")]
        # Months in short have no translation that is only theirs.
        dates = [spelt(moment, form, said) for form in forms if "M" not in form]
        if not dates:
            continue
        label = html.unescape(said("Published on:"))
        lines += [[language, "date", date] for date in dates]
        lines += [[language, "label", f"{label} {dates[0]}"]]
        for by in ("By %s", "by %s"):
            if said(by) == "%s":
                continue
            author = said(by) % "Ann Smith"
            lines += [[language, "author", author], [language, "both", f"{dates[0]} {author}"],
                      [language, "both", f"{label} {dates[0]} {author}"]]
unique = []
for line in lines:
    if line not in unique:
        unique.append(line)
json.dump(unique, sys.stdout)
