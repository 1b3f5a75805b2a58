"""A Zinnia with two entries, on a free port of 127.0.0.1; its database is in the folder that it is started in.

Prints the URL of each entry on a line. /taken/ gives the TrackBacks that it has taken as JSON, oldest first.
"""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.sites",
        "django.contrib.staticfiles",
        "django_comments",
        "mptt",
        "tagging",
        "zinnia",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY="nobody's",
    SITE_ID=1,
    STATIC_URL="/static/",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                    "django.template.context_processors.request",
                    "zinnia.context_processors.version",
                ]
            },
        }
    ],
    USE_TZ=True,
    # It tells nobody of its own entries.
    ZINNIA_PING_DIRECTORIES=(),
    ZINNIA_PING_EXTERNAL_URLS=False,
)
django.setup()

import django_comments  # noqa: E402
from django.conf.urls import include, url  # noqa: E402
from django.contrib.sites.models import Site  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls.resolvers import RegexPattern  # noqa: E402
from django.utils import timezone  # noqa: E402

# Python has refused a flag in the middle of an expression since 3.11; this one says what is so anyway.
compile_pattern = RegexPattern._compile
RegexPattern._compile = lambda self, regex: compile_pattern(self, str(regex).replace("(?u)", ""))


def taken(_request):
    comments = django_comments.get_model().objects.filter(flags__flag="trackback").order_by("pk")
    fields = ["object_pk", "user_url", "user_name", "comment", "is_public"]
    return JsonResponse(list(comments.values(*fields)), safe=False)


urlpatterns = [
    url(r"^taken/$", taken),
    url(r"^comments/", include("django_comments.urls")),
    url(r"^", include("zinnia.urls")),
]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments):
        pass


def main():
    from zinnia.managers import PUBLISHED
    from zinnia.models.entry import Entry

    call_command("migrate", verbosity=0)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    base = "127.0.0.1:%d" % server.server_port
    site = Site.objects.get(pk=1)
    site.domain = base
    site.save()
    for name in ["first", "second"]:
        entry = Entry.objects.create(
            title="The %s entry" % name,
            slug=name,
            content="<p>Text &amp; more.</p>",
            status=PUBLISHED,
            publication_date=timezone.now(),
        )
        entry.sites.add(site)
        print("http://%s%s" % (base, entry.get_absolute_url()), flush=True)
    server.serve_forever()


sys.exit(main())
