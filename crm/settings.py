"""Settings from the environment; every name is explained in docs/operations.md."""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from crm.secrets import secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# A local try over plain http: demo data, self-made secrets, no TLS. Never in production.
DEMO = env.bool("DEMO", False)
DEMO_PASSWORD = "Tianhua@Demo2026"  # noqa: S105  printed on loading; opens nothing without DEMO=1
INSECURE_LOCAL = env.bool("INSECURE_LOCAL", DEMO)
DEBUG = env.bool("DEBUG", False)
DATA_DIR = Path(env("DATA_DIR", default=BASE_DIR / "var"))
SECRET_KEY = secret("SECRET_KEY", folder=DATA_DIR / "keys", local=INSECURE_LOCAL)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# "kid:base64 of 32 bytes", newest first; a bare value is key "1". Rotation: docs/operations.md.
FIELD_KEYS = secret("FIELD_KEYS", folder=DATA_DIR / "keys", local=INSECURE_LOCAL, size=32)
INDEX_KEY = secret("INDEX_KEY", folder=DATA_DIR / "keys", local=INSECURE_LOCAL, size=32)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if INSECURE_LOCAL else [])
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

INSTALLED_APPS = [
    "crm.staff",
    "crm.workdays",
    "crm.jobs",
    "crm.notifications",
    "crm.privacy",
    "archives",
    "complaints",
    "care",
    "crm.workbench",
    "crm.admin_site.CrmAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "simple_history",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "django_structlog",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "crm.security.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crm.staff.sessions.StaffSessionMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "crm.security.DatabaseFaultMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "crm.workbench.frame.frame",
            ],
        },
    },
]

# Databases: SQLite embedded by default, PostgreSQL by DATABASE_URL. Units of work are explicit.
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA secure_delete=ON;"
        ),
    }
else:
    _session = f"-c lock_timeout={env('LOCK_TIMEOUT', default='3s')} -c statement_timeout={env('STATEMENT_TIMEOUT', default='30s')} -c idle_in_transaction_session_timeout=60s"
    DATABASES["default"] |= {
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 3, "options": _session},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SIMPLE_HISTORY_ENFORCE_HISTORY_MODEL_PERMISSIONS = True

# People
AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "crm.staff.backends.StaffBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_PROFILE = env("PASSWORD_PROFILE", default="mlps3")  # or "asvs"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "crm.staff.passwords.ProfileValidator"},
    {"NAME": "crm.staff.passwords.PersonalValidator"},
    {"NAME": "crm.staff.passwords.CommonValidator"},
    {"NAME": "crm.staff.passwords.HistoryValidator"},
]
LOGIN_URL = "staff:login"
LOGIN_REDIRECT_URL = "workbench:home"
LOGOUT_REDIRECT_URL = "staff:login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # knocking on does not keep the owner out
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "crm.staff.backends.axes_username"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "crm.staff.views.locked_out"
AXES_CLIENT_IP_CALLABLE = "crm.staff.backends.client_ip"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # crm.staff.admin shows the locks
AXES_DISABLE_ACCESS_LOG = True  # crm.privacy keeps it
AXES_ENABLE_ACCESS_FAILURE_LOG = True
ADDRESS_FAILURE_LIMIT = env.int("ADDRESS_FAILURE_LIMIT", 100)  # an hour and address, whichever names

# Sessions live in the database, so that signing in survives a lost Redis.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
IDLE_TIMEOUT_MINUTES = env.int("IDLE_TIMEOUT_MINUTES", 30)
ABSOLUTE_SESSION_HOURS = env.int("ABSOLUTE_SESSION_HOURS", 12)
SESSION_COOKIE_AGE = (ABSOLUTE_SESSION_HOURS + 1) * 3600  # the middleware is first, and says why
MAX_SESSIONS_PER_USER = env.int("MAX_SESSIONS_PER_USER", 1)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Transport and browser
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not INSECURE_LOCAL:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = False
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sid"
    CSRF_COOKIE_NAME = "__Host-csrf"
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # HSTS preload binds the bank's whole domain: its own decision
    "axes.W006",  # a branch shares one address: the lock is on the name, and crm.staff.locks has a ceiling an address
]
CSRF_FAILURE_VIEW = "crm.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "report-uri": "/csp-report",
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 5
FILE_UPLOAD_PERMISSIONS = 0o600
EVIDENCE_MAX_MB = env.int("EVIDENCE_MAX_MB", 10)
FEEDS_DIR = Path(env("FEEDS_DIR", default=DATA_DIR / "feeds"))
FEED_PROFILES_DIR = env("FEED_PROFILES_DIR", default="")
# How long what was deleted can be restored; a calendar month is the least, thirty days the floor.
RETENTION_DAYS = env.int("RETENTION_DAYS", 30)
MANAGER_CAPACITY = env.int("MANAGER_CAPACITY", 300)  # customers a manager, for first assignment by rule
# Fields whose blanks are filled at once (recorded, the manager told); none by default, identity never.
ARCHIVE_FILL_WITHOUT_APPROVAL = env.list("ARCHIVE_FILL_WITHOUT_APPROVAL", default=[])
# Classes change when the customer-analysis meeting confirms ("meeting"), or with the quarter's run itself ("auto").
RECLASSIFICATION_CONFIRM = env("RECLASSIFICATION_CONFIRM", default="meeting")
MEETING_QUARTERLY_DUE_DAY = env.int("MEETING_QUARTERLY_DUE_DAY", 15)  # of the month after the quarter's end

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not INSECURE_LOCAL
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = ["crm.formats"]

# Celery only knocks; the job ledger is the truth.
REDIS_URL = env("REDIS_URL", default="")
_BROKER_DIR = DATA_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 900,
        "socket_timeout": env.int("BROKER_SOCKET_TIMEOUT", 1),
        "socket_connect_timeout": 1,
        "max_retries": 0,  # else publishing waits for kombu's own second and third try
        "socket_keepalive": True,
        "health_check_interval": 30,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_BROKER_DIR / "queue"),
        "data_folder_out": str(_BROKER_DIR / "queue"),
        "control_folder": str(_BROKER_DIR / "control"),
        "polling_interval": 0.3,
    }
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives any outage of its broker
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_DEFAULT_QUEUE = "fast"

TEST_RUNNER = "django.test.runner.DiscoverRunner"
from crm.logs import LOGGING  # noqa: E402, F401
