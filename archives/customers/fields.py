"""The field catalogue of the customer archive: forms, diffs, masks, completeness, import, history all read it.

Weights follow DOMAIN.md 4: the mandatory nine and the corporate set 3, contact 2, other 1, uncounted 0.
"""

from django.utils.translation import gettext_lazy as _

from archives.customers import codes
from crm.privacy.catalogue import Catalogue, Field, Level, Owner

P, C, BOTH = ("P",), ("C",), ("P", "C")
PUBLIC, C1, C2 = Level.PUBLIC, Level.C1, Level.C2

IDENTITY, CONTACT, WORK, BUSINESS, OTHER, FILE = "identity", "contact", "work", "business", "other", "file"
SECTIONS = {
    IDENTITY: _("Identity"),
    CONTACT: _("Contact"),
    WORK: _("Work and life"),
    BUSINESS: _("Business"),
    OTHER: _("Other"),
    FILE: _("Archive"),
}

CUSTOMER_FIELDS = Catalogue(
    (
        Field(
            "name",
            _("Name"),
            IDENTITY,
            BOTH,
            kind="name",
            kyc=True,
            weight=3,
            mask="name",
            key_field=True,
            max_length=120,
        ),
        Field("sex", _("Sex"), IDENTITY, P, kind="choice", kyc=True, weight=3, choices=codes.Sex),
        Field(
            "birth_date",
            _("Birth date"),
            IDENTITY,
            P,
            kind="date",
            weight=1,
            level=C2,
            mask="birth_date",
            key_field=True,
        ),
        Field(
            "nationality", _("Nationality"), IDENTITY, P, kind="choice", kyc=True, weight=3, choices=codes.Nationality
        ),
        Field(
            "id_kind",
            _("Document kind"),
            IDENTITY,
            BOTH,
            kind="choice",
            kyc=True,
            weight=3,
            choices=codes.Document,
            key_field=True,
        ),
        Field(
            "id_number",
            _("Document number"),
            IDENTITY,
            P,
            kind="id_number",
            kyc=True,
            weight=3,
            level=C2,
            mask="id",
            key_field=True,
            encrypted=True,
            max_length=40,
        ),
        Field(
            "uscc",
            _("Unified social credit code"),
            IDENTITY,
            C,
            kind="uscc",
            kyc=True,
            weight=3,
            level=PUBLIC,
            key_field=True,
            max_length=18,
        ),
        Field("id_valid_from", _("Document valid from"), IDENTITY, BOTH, kind="date", key_field=True),
        Field(
            "id_valid_until", _("Document valid until"), IDENTITY, BOTH, kind="date", kyc=True, weight=3, key_field=True
        ),
        Field("id_permanent", _("Document valid for good"), IDENTITY, BOTH, kind="flag", key_field=True),
        Field("former_name", _("Former name"), IDENTITY, BOTH, mask="name", max_length=120),
        Field("occupation", _("Occupation"), IDENTITY, P, kind="choice", kyc=True, weight=3, choices=codes.Occupation),
        Field("address", _("Address"), IDENTITY, BOTH, kind="address", kyc=True, weight=3, level=C2, mask="address"),
        Field("region", _("Division code"), CONTACT, BOTH, kind="region", max_length=6),
        Field(
            "mobile",
            _("Mobile phone"),
            CONTACT,
            BOTH,
            kind="mobile",
            kyc=True,
            weight=3,
            level=C2,
            mask="phone",
            encrypted=True,
            max_length=20,
        ),
        Field(
            "phone", _("Landline"), CONTACT, BOTH, kind="phone", level=C2, mask="phone", encrypted=True, max_length=30
        ),
        Field(
            "email",
            _("E-mail"),
            CONTACT,
            BOTH,
            kind="email",
            weight=2,
            level=C2,
            mask="email",
            encrypted=True,
            max_length=120,
        ),
        Field("emergency_name", _("Emergency contact"), CONTACT, P, weight=2, mask="name", max_length=60),
        Field(
            "emergency_phone",
            _("Emergency phone"),
            CONTACT,
            P,
            kind="phone",
            weight=2,
            level=C2,
            mask="phone",
            encrypted=True,
            max_length=30,
        ),
        Field("employer", _("Employer"), WORK, P, weight=1, max_length=120),
        Field("job_title", _("Position"), WORK, P, weight=1, max_length=60),
        Field("work_address", _("Workplace address"), WORK, P, kind="address", level=C2, mask="address"),
        Field("industry", _("Industry"), WORK, BOTH, kind="choice", weight=1, choices=codes.Industry),
        Field("annual_income", _("Annual income (yuan)"), WORK, P, kind="money", weight=1, level=C2, mask="all"),
        Field("marital", _("Marital status"), WORK, P, kind="choice", weight=1, choices=codes.Marital),
        Field("education", _("Level of education"), WORK, P, kind="choice", weight=1, choices=codes.Education),
        Field("payroll", _("Payroll customer"), WORK, P, kind="flag"),
        Field(
            "business_scope",
            _("Business scope"),
            BUSINESS,
            C,
            kind="long",
            kyc=True,
            weight=3,
            level=PUBLIC,
            max_length=1000,
        ),
        Field(
            "registration_status",
            _("Registration status"),
            BUSINESS,
            C,
            kind="choice",
            weight=1,
            level=PUBLIC,
            choices=codes.RegistrationStatus,
        ),
        Field("established_on", _("Established on"), BUSINESS, C, kind="date", weight=1, level=PUBLIC),
        Field("registered_capital", _("Registered capital (yuan)"), BUSINESS, C, kind="money", weight=1, level=PUBLIC),
        Field(
            "enterprise_size",
            _("Enterprise size"),
            BUSINESS,
            C,
            kind="choice",
            weight=1,
            level=PUBLIC,
            choices=codes.EnterpriseSize,
        ),
        Field("employees", _("Employees"), BUSINESS, C, kind="number", weight=1),
        Field("annual_revenue", _("Annual revenue (yuan)"), BUSINESS, C, kind="money", weight=1),
        Field("basic_account_bank", _("Bank of the basic account"), BUSINESS, C, weight=1, max_length=120),
        Field("basic_account_permit", _("Basic account permit"), BUSINESS, C, max_length=40),
        Field("group_name", _("Group"), BUSINESS, C, max_length=120),
        Field("is_listed", _("Listed"), BUSINESS, C, kind="flag", level=PUBLIC),
        Field("tax_residency", _("Tax residency"), OTHER, P, kind="choice", weight=1, choices=codes.TaxResidency),
        Field("risk_level", _("Risk tolerance"), OTHER, P, kind="choice", weight=1, choices=codes.RiskLevel),
        Field("risk_assessed_on", _("Risk assessed on"), OTHER, P, kind="date"),
        Field("special_group", _("Special group"), OTHER, P, kind="choice", choices=codes.SpecialGroup),
        Field("guardian_name", _("Guardian"), OTHER, P, mask="name", max_length=60),
        Field(
            "guardian_phone",
            _("Guardian's phone"),
            OTHER,
            P,
            kind="phone",
            level=C2,
            mask="phone",
            encrypted=True,
            max_length=30,
        ),
        Field("remark", _("Remark"), OTHER, BOTH, kind="long", level=C2, mask="all", max_length=500),
        Field("status", _("Status"), FILE, BOTH, kind="choice", choices=codes.Status),
        Field("source", _("Source"), FILE, BOTH, kind="choice", choices=codes.Source),
        Field("number", _("Customer number"), FILE, BOTH, owner=Owner.SYSTEM),
        Field("kind", _("Kind"), FILE, BOTH, owner=Owner.SYSTEM, kind="choice", choices=codes.Kind),
        Field("branch", _("Branch"), FILE, BOTH, owner=Owner.SYSTEM),
        Field("manager", _("Customer manager"), FILE, BOTH, owner=Owner.SYSTEM),
        Field("assistant", _("Assisting manager"), FILE, BOTH, owner=Owner.SYSTEM),
        Field("core_id", _("Number in the core system"), FILE, BOTH, owner=Owner.CORE),
        Field("opened_on", _("Customer since"), FILE, BOTH, owner=Owner.CORE, kind="date"),
    )
)

# Columns the software keeps for itself: derived, or bookkeeping without personal content.
BOOKKEEPING = frozenset(
    [
        "id",
        "open_token",
        "created_at",
        "created_by",
        "last_contact_on",
        "version",
        "life",
        "completeness",
        "missing",
        "pinyin",
        "pinyin_keys",
        "search_key",
        "id_index",
        "id_tail_index",
        "mobile_index",
        "mobile_tail_index",
    ]
)

# Parts that a complete corporate archive has: key, what it is, weight.
MANDATORY_PEOPLE = {
    "person:legal_representative": (_("Legal representative"), 3),
    "person:controller": (_("Controller"), 3),
    "person:agent": (_("Authorised agent"), 3),
    "owner": (_("Beneficial owner"), 3),
}

EDITABLE = tuple(f.key for f in CUSTOMER_FIELDS.fields if f.owner == Owner.CRM)

PART_LABELS = {
    "identitydocument": _("Identity document"),
    "contactpoint": _("Contact point"),
    "address": _("Address"),
    "relatedperson": _("Related person"),
    "beneficialowner": _("Beneficial owner"),
    "preference": _("Preference"),
    "relation": _("Relation"),
}

PART_FIELDS = {
    "identitydocument": Catalogue(
        (
            Field("kind", _("Document kind"), IDENTITY, BOTH, kind="choice", choices=codes.Document, key_field=True),
            Field(
                "number",
                _("Document number"),
                IDENTITY,
                BOTH,
                kind="id_number",
                level=C2,
                mask="id",
                key_field=True,
                encrypted=True,
                max_length=40,
            ),
            Field("issuer", _("Issued by"), IDENTITY, BOTH, max_length=100),
            Field("valid_from", _("Valid from"), IDENTITY, BOTH, kind="date"),
            Field("valid_until", _("Valid until"), IDENTITY, BOTH, kind="date"),
        )
    ),
    "contactpoint": Catalogue(
        (
            Field("kind", _("Kind"), CONTACT, BOTH, kind="choice", choices=codes.ContactKind),
            Field(
                "value",
                _("Number or address"),
                CONTACT,
                BOTH,
                kind="contact",
                level=C2,
                mask="phone",
                encrypted=True,
                max_length=120,
            ),
            Field("note", _("Note"), CONTACT, BOTH, max_length=100),
        )
    ),
    "address": Catalogue(
        (
            Field("kind", _("Kind"), CONTACT, BOTH, kind="choice", choices=codes.AddressKind),
            Field("region", _("Division code"), CONTACT, BOTH, kind="region", max_length=6),
            Field("text", _("Address"), CONTACT, BOTH, kind="address", level=C2, mask="address"),
            Field("postcode", _("Postcode"), CONTACT, BOTH, max_length=6),
        )
    ),
    "relatedperson": Catalogue(
        (
            Field("role", _("Role"), BUSINESS, C, kind="choice", choices=codes.PersonRole, key_field=True),
            Field("name", _("Name"), BUSINESS, C, kind="name", mask="name", key_field=True, max_length=60),
            Field("id_kind", _("Document kind"), BUSINESS, C, kind="choice", choices=codes.Document, key_field=True),
            Field(
                "id_number",
                _("Document number"),
                BUSINESS,
                C,
                kind="id_number",
                level=C2,
                mask="id",
                key_field=True,
                encrypted=True,
                max_length=40,
            ),
            Field("id_valid_until", _("Valid until"), BUSINESS, C, kind="date"),
            Field("id_permanent", _("Document valid for good"), BUSINESS, C, kind="flag"),
            Field(
                "phone", _("Phone"), BUSINESS, C, kind="phone", level=C2, mask="phone", encrypted=True, max_length=30
            ),
        )
    ),
    "beneficialowner": Catalogue(
        (
            Field("name", _("Name"), BUSINESS, C, kind="name", mask="name", key_field=True, max_length=60),
            Field("right", _("Kind of right"), BUSINESS, C, kind="choice", choices=codes.OwnerRight),
            Field("percent", _("Percent"), BUSINESS, C, kind="percent"),
            Field("path", _("Path of ownership"), BUSINESS, C, max_length=200),
            Field("id_kind", _("Document kind"), BUSINESS, C, kind="choice", choices=codes.Document),
            Field(
                "id_number",
                _("Document number"),
                BUSINESS,
                C,
                kind="id_number",
                level=C2,
                mask="id",
                encrypted=True,
                max_length=40,
            ),
            Field("valid_from", _("From"), BUSINESS, C, kind="date"),
            Field("valid_until", _("Until"), BUSINESS, C, kind="date"),
            Field("source", _("Source"), BUSINESS, C, kind="choice", choices=codes.OwnerSource),
            Field("differs_from_registry", _("Differs from the registry"), BUSINESS, C, kind="flag"),
        )
    ),
    "preference": Catalogue(
        (
            Field("kind", _("Kind"), OTHER, BOTH, kind="choice", choices=codes.PreferenceKind),
            Field("value", _("Preference"), OTHER, BOTH),
            Field("source", _("Source"), OTHER, BOTH, kind="choice", choices=codes.PreferenceSource),
            Field("noted_on", _("Noted on"), OTHER, BOTH, kind="date"),
        )
    ),
    "relation": Catalogue(
        (
            Field("other", _("Related customer"), OTHER, BOTH, kind="customer"),
            Field("role", _("Role"), OTHER, BOTH, kind="choice", choices=codes.RelationRole),
            Field("note", _("Note"), OTHER, BOTH, max_length=100),
        )
    ),
}
