"""Settings, all from the environment. docs/settings.md explains each; unknown ones stop the start."""

import os
from pathlib import Path

# eth-hash would choose pycryptodome, five times slower, when both backends are installed.
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")

from csp.constants import NONE, SELF

from hokusai_site import environment
from hokusai_site.environment import env

environment.refuse_unknown_settings()

BASE_DIR = Path(__file__).resolve().parent.parent
HOKUSAI_ENV = environment.choice("HOKUSAI_ENV", ("development", "production"))
_PRODUCTION = HOKUSAI_ENV == "production"
HOKUSAI_DATA_DIR = Path(env("HOKUSAI_DATA_DIR", default="var")).resolve()
HOKUSAI_DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = False
SECRET_KEY = environment.secret_key(HOKUSAI_DATA_DIR, production=_PRODUCTION)
ALLOWED_HOSTS = env.list(
    "HOKUSAI_ALLOWED_HOSTS", default=[] if _PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
ROOT_URLCONF = "hokusai_site.urls"
WSGI_APPLICATION = "hokusai_site.wsgi.application"
# No trailing slashes, and a POST is never redirected.
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "contributors",
    "registry",
    "attestations",
    "hokusai_site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hokusai_site.admission.AdmissionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

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
            ],
        },
    },
]

# --- Storage -----------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{HOKUSAI_DATA_DIR / 'hokusai.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A write transaction takes its lock at once and waits for it: a deferred one that upgrades
        # its lock fails with "database is locked" however long it would have waited.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;",
    }
else:
    # No statement of the registry takes seconds; one that does must not hold its locks for ever.
    DATABASES["default"]["OPTIONS"] = {"options": "-c statement_timeout=20000"}
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 600
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "hokusai_site.cache.ResilientRedisCache",
        "LOCATION": REDIS_URL,
        # Redis is not what the registry hangs on: a slow one must not slow every request.
        "OPTIONS": {"socket_connect_timeout": 0.25, "socket_timeout": 0.25},
    }
}

# --- Work --------------------------------------------------------------------------------------

HOKUSAI_SWEEP_SECONDS = environment.positive_int("HOKUSAI_SWEEP_SECONDS", 10)
# A worker that holds its work for longer is taken for dead, and another takes over.
HOKUSAI_LEASE_SECONDS = environment.positive_int("HOKUSAI_LEASE_SECONDS", 120)
HOKUSAI_REPULL_SECONDS = environment.positive_int("HOKUSAI_REPULL_SECONDS", 3600)

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # A worker waits for Redis as long as it takes.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 3,
    # A web request that sends a task tries once: by default it would try for six seconds.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULE = {
    "sweep-evidence": {"task": "registry.sweep", "schedule": HOKUSAI_SWEEP_SECONDS},
    "sweep-attestations": {"task": "attestations.sweep", "schedule": HOKUSAI_SWEEP_SECONDS},
    "purge-used-signatures": {"task": "contributors.purge_used_signatures", "schedule": 60},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(HOKUSAI_DATA_DIR / "celerybeat-schedule")

MLFLOW_TRACKING_URI = env("MLFLOW_TRACKING_URI", default="http://127.0.0.1:5000/mlflow").rstrip("/")
HOKUSAI_MAX_ARTIFACT_BYTES = environment.positive_int("HOKUSAI_MAX_ARTIFACT_BYTES", 10 * 1024**3)
HOKUSAI_MAX_ARTIFACT_FILES = environment.positive_int("HOKUSAI_MAX_ARTIFACT_FILES", 10_000)

# --- Who may ask, and how often ----------------------------------------------------------------

HOKUSAI_PUBLIC_READ = environment.flag("HOKUSAI_PUBLIC_READ", default=True)
HOKUSAI_RATE_LIMIT = environment.positive_int("HOKUSAI_RATE_LIMIT", 100)
HOKUSAI_IP_RATE_LIMIT = environment.positive_int("HOKUSAI_IP_RATE_LIMIT", 1000)
HOKUSAI_FAILED_AUTH_LIMIT = environment.positive_int("HOKUSAI_FAILED_AUTH_LIMIT", 60)
HOKUSAI_TRUSTED_PROXIES = environment.networks("HOKUSAI_TRUSTED_PROXIES")
HOKUSAI_MAX_BODY_BYTES = environment.positive_int("HOKUSAI_MAX_BODY_BYTES", 256 * 1024)
HOKUSAI_KEY_ENVIRONMENT = "live" if _PRODUCTION else "dev"
DATA_UPLOAD_MAX_MEMORY_SIZE = HOKUSAI_MAX_BODY_BYTES

# --- Attestations ------------------------------------------------------------------------------

# The EIP-712 domain. A signature made under another one does not verify under this.
HOKUSAI_DOMAIN_NAME = env("HOKUSAI_DOMAIN_NAME", default="Hokusai Registry")
HOKUSAI_DOMAIN_VERSION = env("HOKUSAI_DOMAIN_VERSION", default="1")
HOKUSAI_CHAIN_ID = environment.positive_int("HOKUSAI_CHAIN_ID", 1)
HOKUSAI_ATTESTER_KEY = environment.private_key("HOKUSAI_ATTESTER_KEY")
HOKUSAI_ATTESTER_KEY_FILE = env("HOKUSAI_ATTESTER_KEY_FILE", default="")
HOKUSAI_COMMITMENT_SECRET_FILE = env("HOKUSAI_COMMITMENT_SECRET_FILE", default="")
HOKUSAI_LOG_KEY_FILE = env("HOKUSAI_LOG_KEY_FILE", default="")
# The contracts that exports are signed for.
HOKUSAI_DELTA_VERIFIER_ADDRESS = environment.contract_address("HOKUSAI_DELTA_VERIFIER_ADDRESS")
HOKUSAI_EAS_ADDRESS = environment.contract_address("HOKUSAI_EAS_ADDRESS")
HOKUSAI_EAS_VERSION = env("HOKUSAI_EAS_VERSION", default="0.26")
HOKUSAI_LOG_ORIGIN = environment.log_origin("HOKUSAI_LOG_ORIGIN", "localhost/hokusai-log")

# --- HTTP --------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Files are served from the packages themselves, so there is no collectstatic to forget.
WHITENOISE_USE_FINDERS = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
if _PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    # Probes come from inside, without TLS; the API refuses plain requests itself (admission.py).
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^api/"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if HOKUSAI_TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("UserAttributeSimilarityValidator", {}),
    )
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "contributors.authentication.CallerAuthentication",
        "contributors.authentication.StaffSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["contributors.permissions.ScopedAccess"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["hokusai_site.parsers.JsonParser"],
    "DEFAULT_PAGINATION_CLASS": "contributors.pagination.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "hokusai_site.errors.exception_handler",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hokusai registry",
    "VERSION": "0.1.0",
    "DESCRIPTION": "Model versions, the evidence behind their metrics, and signed attestations of improvement.",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {"MetricDirection": ["higher", "lower"]},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "hokusai_site.openapi.describe_problems",
        "hokusai_site.openapi.tell_access",
        "hokusai_site.openapi.summarise",
    ],
    "EXTENSIONS_INFO": {},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": environment.choice("HOKUSAI_LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
    },
    "loggers": {"django.request": {"level": "ERROR"}, "urllib3": {"level": "WARNING"}},
}
