"""Code sets of the archive, with the national standard each comes from (DOMAIN.md 3.4, 3.5)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    PERSONAL = "P", _("Personal")
    CORPORATE = "C", _("Corporate")


class Status(models.TextChoices):
    PROSPECT = "prospect", _("Prospect")
    CUSTOMER = "customer", _("Customer")
    DORMANT = "dormant", _("Dormant")
    CLOSED = "closed", _("Closed")
    DECEASED = "deceased", _("Deceased")


class Life(models.TextChoices):
    """Where a record stands between its opening and its purge; only `archives.retention` moves it."""

    ACTIVE = "active", _("In use")
    BIN = "bin", _("In the recycle bin")
    SEALED = "sealed", _("Sealed")


class Source(models.TextChoices):
    BRANCH = "branch", _("At the branch")
    CORE = "core", _("Core banking system")
    REFERRAL = "referral", _("Referral by a customer")
    CAMPAIGN = "campaign", _("Campaign")
    VISIT = "visit", _("Visit")
    ONLINE = "online", _("Online channel")
    OTHER = "other", _("Other")


class Sex(models.TextChoices):
    """GB/T 2261.1"""

    UNKNOWN = "0", _("Unknown")
    MALE = "1", _("Male")
    FEMALE = "2", _("Female")
    UNSTATED = "9", _("Not stated")


class Marital(models.TextChoices):
    """GB/T 2261.2"""

    SINGLE = "10", _("Single")
    MARRIED = "20", _("Married")
    WIDOWED = "30", _("Widowed")
    DIVORCED = "40", _("Divorced")
    UNSTATED = "90", _("Not stated")


class Education(models.TextChoices):
    """GB/T 4658"""

    POSTGRADUATE = "10", _("Postgraduate")
    BACHELOR = "20", _("Bachelor")
    COLLEGE = "30", _("Junior college")
    VOCATIONAL = "40", _("Secondary vocational school")
    SENIOR = "60", _("Senior high school")
    JUNIOR = "70", _("Junior high school")
    PRIMARY = "80", _("Primary school")
    OTHER = "90", _("Other")


class Occupation(models.TextChoices):
    """GB/T 6565-2015, major groups"""

    LEADER = "1", _("Head of a party, state, mass or business organisation")
    PROFESSIONAL = "2", _("Professional or technician")
    CLERK = "3", _("Clerk and related")
    SERVICE = "4", _("Production or daily-life service")
    FARMING = "5", _("Farming, forestry, husbandry, fishery")
    PRODUCTION = "6", _("Manufacturing and related")
    MILITARY = "7", _("Military")
    OTHER = "8", _("Not easily classified")


class Nationality(models.TextChoices):
    """GB/T 2659, the countries that branches meet; OTH keeps the rest."""

    CHN = "CHN", _("China")
    HKG = "HKG", _("Hong Kong, China")
    MAC = "MAC", _("Macao, China")
    TWN = "TWN", _("Taiwan, China")
    CZE = "CZE", _("Czechia")
    USA = "USA", _("United States")
    GBR = "GBR", _("United Kingdom")
    JPN = "JPN", _("Japan")
    KOR = "KOR", _("Korea")
    RUS = "RUS", _("Russia")
    DEU = "DEU", _("Germany")
    FRA = "FRA", _("France")
    CAN = "CAN", _("Canada")
    AUS = "AUS", _("Australia")
    SGP = "SGP", _("Singapore")
    MYS = "MYS", _("Malaysia")
    VNM = "VNM", _("Vietnam")
    THA = "THA", _("Thailand")
    IND = "IND", _("India")
    OTH = "OTH", _("Other country")


class Document(models.TextChoices):
    RESIDENT_ID = "resident_id", _("Resident ID card")
    TEMPORARY_ID = "temporary_id", _("Temporary resident ID card")
    HOUSEHOLD = "household", _("Household register (under 16)")
    MILITARY = "military", _("Military officer, soldier or armed police card")
    HK_MACAO = "hk_macao", _("Mainland travel permit for Hong Kong and Macao residents")
    TAIWAN = "taiwan", _("Mainland travel permit for Taiwan residents")
    HMT_RESIDENCE = "hmt_residence", _("Residence permit for Hong Kong, Macao and Taiwan residents")
    PASSPORT = "passport", _("Passport")
    FOREIGN_PERMANENT = "foreign_permanent", _("Foreign permanent resident ID card")
    BUSINESS_LICENCE = "business_licence", _("Business licence")
    INSTITUTION = "institution", _("Public institution certificate")
    SOCIAL_ORGANISATION = "social_organisation", _("Social organisation registration certificate")
    OTHER = "other", _("Other document")


CORPORATE_DOCUMENTS = ("business_licence", "institution", "social_organisation", "other")


class Industry(models.TextChoices):
    """GB/T 4754-2017, sections"""

    A = "A", _("Agriculture, forestry, husbandry, fishery")
    B = "B", _("Mining")
    C = "C", _("Manufacturing")
    D = "D", _("Electricity, heat, gas and water supply")
    E = "E", _("Construction")
    F = "F", _("Wholesale and retail")
    G = "G", _("Transport, storage and post")
    H = "H", _("Accommodation and catering")
    I = "I", _("Information and software")  # noqa: E741
    J = "J", _("Finance")
    K = "K", _("Real estate")
    L = "L", _("Leasing and business services")
    M = "M", _("Research and technical services")
    N = "N", _("Water, environment and public facilities")
    O = "O", _("Household services and repair")  # noqa: E741
    P = "P", _("Education")
    Q = "Q", _("Health and social work")
    R = "R", _("Culture, sports and entertainment")
    S = "S", _("Public administration and social security")
    T = "T", _("International organisations")


class EnterpriseSize(models.TextChoices):
    """工信部联企业〔2011〕300号"""

    LARGE = "L", _("Large")
    MEDIUM = "M", _("Medium")
    SMALL = "S", _("Small")
    MICRO = "X", _("Micro")


class RegistrationStatus(models.TextChoices):
    ACTIVE = "active", _("In business")
    SUSPENDED = "suspended", _("Suspended")
    REVOKED = "revoked", _("Licence revoked")
    CANCELLED = "cancelled", _("Deregistered")


class TaxResidency(models.TextChoices):
    CHINA = "china", _("China only")
    ABROAD = "abroad", _("Non-resident only")
    BOTH = "both", _("China and another country")


class RiskLevel(models.TextChoices):
    C1 = "C1", _("C1 conservative")
    C2 = "C2", _("C2 stable")
    C3 = "C3", _("C3 balanced")
    C4 = "C4", _("C4 growth")
    C5 = "C5", _("C5 aggressive")


class SpecialGroup(models.TextChoices):
    NONE = "none", _("None")
    ELDERLY = "elderly", _("Elderly")
    DISABLED = "disabled", _("Disabled")
    MINOR = "minor", _("Minor")
    ILL = "ill", _("Seriously ill")
    OTHER = "other", _("Other special group")


class PersonRole(models.TextChoices):
    LEGAL_REPRESENTATIVE = "legal_representative", _("Legal representative or person in charge")
    CONTROLLER = "controller", _("Controlling shareholder or actual controller")
    AGENT = "agent", _("Authorised to handle business")
    FINANCE = "finance", _("Finance contact")


class OwnerRight(models.TextChoices):
    """受益所有人信息管理办法 (2024 No. 3)"""

    SHARES = "shares", _("Holds at least 25 % of shares")
    INCOME = "income", _("At least 25 % of income or votes")
    CONTROL = "control", _("Controls alone or jointly")
    MANAGEMENT = "management", _("Responsible for daily management")


class OwnerSource(models.TextChoices):
    CUSTOMER = "customer", _("Stated by the customer")
    REGISTRY = "registry", _("Beneficial owner registry")
    OTHER = "other", _("Other")


class ContactKind(models.TextChoices):
    MOBILE = "mobile", _("Mobile phone")
    HOME = "home", _("Home phone")
    WORK = "work", _("Work phone")
    EMAIL = "email", _("E-mail")
    WECHAT = "wechat", _("WeChat (with consent)")


class AddressKind(models.TextChoices):
    HOME = "home", _("Residence")
    DOMICILE = "domicile", _("Registered domicile")
    WORK = "work", _("Workplace")
    MAIL = "mail", _("Mailing")


class PreferenceKind(models.TextChoices):
    CONTACT_TIME = "contact_time", _("Contact time")
    CHANNEL = "channel", _("Contact channel")
    ADDRESS_FORM = "address_form", _("Form of address")
    PRODUCT = "product", _("Products")
    LANGUAGE = "language", _("Language")
    TABOO = "taboo", _("To avoid")
    HOBBY = "hobby", _("Interests (with consent)")


class PreferenceSource(models.TextChoices):
    STATED = "stated", _("Stated by the customer")
    OBSERVED = "observed", _("Observed by staff")
    DERIVED = "derived", _("Derived from data")


class RelationRole(models.TextChoices):
    SPOUSE = "spouse", _("Spouse")
    PARENT = "parent", _("Parent")
    CHILD = "child", _("Child")
    SIBLING = "sibling", _("Sibling")
    GUARDIAN = "guardian", _("Guardian")
    WARD = "ward", _("Ward")
    GUARANTOR = "guarantor", _("Guarantor")
    GUARANTEED = "guaranteed", _("Guaranteed party")
    EMPLOYER = "employer", _("Employer")
    EMPLOYEE = "employee", _("Employee")
    OWNER = "owner", _("Owner of the company")
    COMPANY = "company", _("Company of the owner")
    PARENT_COMPANY = "parent_company", _("Parent company")
    SUBSIDIARY = "subsidiary", _("Subsidiary")
    PARTNER = "partner", _("Business partner")


class RevealReason(models.TextChoices):
    COUNTER = "counter", _("Verifying identity at the counter")
    CALL = "call", _("Calling as agreed")
    CHANGE = "change", _("Deciding a change request")
    COMPLAINT = "complaint", _("Handling a complaint")
    OTHER = "other", _("Other")


OPPOSITE_ROLE = {
    "spouse": "spouse",
    "sibling": "sibling",
    "partner": "partner",
    "parent": "child",
    "child": "parent",
    "guardian": "ward",
    "ward": "guardian",
    "guarantor": "guaranteed",
    "guaranteed": "guarantor",
    "employer": "employee",
    "employee": "employer",
    "owner": "company",
    "company": "owner",
    "parent_company": "subsidiary",
    "subsidiary": "parent_company",
}
