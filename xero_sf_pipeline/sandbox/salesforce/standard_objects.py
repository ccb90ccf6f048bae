"""The standard objects of an Enterprise org, as far as this product and its users touch them.

Belongs here: names, types, lengths and picklists, after Salesforce's object reference (v66). Does not belong here:
what happens on save (`object_rules`) or custom fields (deployed through the Metadata API).
"""

from __future__ import annotations

from dataclasses import replace

from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType, PicklistValue, Schema

T = FieldType


def _choices(*values: str, default: str | None = None) -> tuple[PicklistValue, ...]:
    return tuple(PicklistValue(value, value, value == default) for value in values)


def _text(name: str, length: int, label: str = "", **more: object) -> Field:
    return replace(Field(name, T.STRING, label or _spaced(name), length=length), **more)  # type: ignore[arg-type]


def _area(name: str, length: int = 32000) -> Field:
    return Field(name, T.TEXTAREA, _spaced(name), length=length)


def _pick(name: str, *values: str, default: str | None = None, label: str = "") -> Field:
    return Field(
        name, T.PICKLIST, label or _spaced(name), length=255, picklist=_choices(*values, default=default),
        default=default,
    )  # fmt: skip


def _money(name: str, scale: int = 2, **more: object) -> Field:
    field = Field(name, T.CURRENCY, _spaced(name), precision=18, scale=scale)
    return replace(field, **more)  # type: ignore[arg-type]


def _flag(name: str, **more: object) -> Field:
    return replace(Field(name, T.BOOLEAN, _spaced(name), default=False), **more)  # type: ignore[arg-type]


def _ref(name: str, *to: str, relationship: str | None = None, **more: object) -> Field:
    field = Field(
        name, T.REFERENCE, f"{_spaced(name.removesuffix('Id'))} ID", length=18, references=to,
        relationship=relationship or name.removesuffix("Id"),
    )  # fmt: skip
    return replace(field, **more)  # type: ignore[arg-type]


def _computed(field: Field) -> Field:
    return replace(field, createable=False, updateable=False)


def _spaced(name: str) -> str:
    return "".join(f" {c}" if c.isupper() and i else c for i, c in enumerate(name))


def _address(prefix: str) -> list[Field]:
    parts = ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy")
    return [
        replace(_area(f"{prefix}Street", 255)),
        _text(f"{prefix}City", 40),
        _text(f"{prefix}State", 80, f"{prefix} State/Province"),
        _text(f"{prefix}PostalCode", 20, f"{prefix} Zip/Postal Code"),
        _text(f"{prefix}Country", 80),
        Field(f"{prefix}Latitude", T.DOUBLE, f"{prefix} Latitude", precision=18, scale=15),
        Field(f"{prefix}Longitude", T.DOUBLE, f"{prefix} Longitude", precision=18, scale=15),
        replace(_pick(f"{prefix}GeocodeAccuracy", "Address", "Street", "Zip", "City", "State"), restricted=True),
        _computed(
            Field(
                f"{prefix}Address",
                T.ADDRESS,
                f"{prefix} Address",
                components=tuple(f"{prefix}{part}" for part in parts),
            )
        ),
    ]


def system_fields(owner: tuple[str, ...] = ("User",), *, deletable: bool = True) -> list[Field]:
    """Return the fields that every record has. `owner` empty means the object has no owner of its own."""
    fields = []
    if owner:
        fields.append(_ref("OwnerId", *owner, label="Owner ID"))
    fields += [
        _computed(Field("CreatedDate", T.DATETIME, "Created Date")),
        _computed(_ref("CreatedById", "User")),
        _computed(Field("LastModifiedDate", T.DATETIME, "Last Modified Date")),
        _computed(_ref("LastModifiedById", "User")),
        _computed(Field("SystemModstamp", T.DATETIME, "System Modstamp")),
    ]
    if deletable:
        fields.insert(0, _computed(Field("IsDeleted", T.BOOLEAN, "Deleted", default=False)))
    return fields


def make_object(
    name: str,
    prefix: str,
    fields: list[Field],
    *,
    owner: tuple[str, ...] = ("User",),
    label: str = "",
    plural: str = "",
    custom: bool = False,
    bulk: bool = True,
    deletable: bool = True,
    soft_delete: bool = True,
    read_only: bool = False,
) -> ObjectType:
    """Put an object together from its own fields, the id and the system fields."""
    title = label or _spaced(name)
    one = ObjectType(
        name,
        title,
        plural or f"{title}s",
        prefix,
        custom=custom,
        createable=not read_only,
        updateable=not read_only,
        deletable=deletable and not read_only,
        bulk=bulk,
        soft_delete=soft_delete,
    )
    one.add(_computed(Field("Id", T.ID, f"{title} ID", length=18, id_lookup=True)))
    for field in [*fields, *system_fields(owner, deletable=one.soft_delete)]:
        one.add(field)
    return one


_INDUSTRIES = (
    "Agriculture", "Banking", "Construction", "Consulting", "Education", "Electronics", "Energy", "Engineering",
    "Entertainment", "Finance", "Food & Beverage", "Government", "Healthcare", "Hospitality", "Insurance",
    "Machinery", "Manufacturing", "Media", "Not For Profit", "Other", "Retail", "Shipping", "Technology",
    "Telecommunications", "Transportation", "Utilities",
)  # fmt: skip
CASE_STATUSES = (("New", False), ("Working", False), ("On Hold", False), ("Escalated", False), ("Closed", True))
"""(label, whether a case in it is closed). A sandbox may add its own rows to CaseStatus."""
TASK_STATUSES = (
    ("Not Started", False),
    ("In Progress", False),
    ("Completed", True),
    ("Waiting on someone else", False),
    ("Deferred", False),
)
"""(label, whether a task in it is closed)."""
TASK_PRIORITIES = (("High", True), ("Normal", False), ("Low", False))
"""(label, whether it is a high one)."""
OPPORTUNITY_STAGES = (
    ("Prospecting", 10, False, False, "Pipeline"),
    ("Qualification", 10, False, False, "Pipeline"),
    ("Needs Analysis", 20, False, False, "Pipeline"),
    ("Value Proposition", 50, False, False, "Pipeline"),
    ("Proposal/Price Quote", 75, False, False, "Pipeline"),
    ("Negotiation/Review", 90, False, False, "Pipeline"),
    ("Closed Won", 100, True, True, "Closed"),
    ("Closed Lost", 0, True, False, "Omitted"),
)
"""(label, default probability in percent, is closed, is won, forecast category)."""


def standard_schema() -> Schema:
    """Return a fresh schema of the standard objects; deployments add to it."""
    return Schema([*_people(), *_sales(), *_service(), *_setup()])


def _people() -> list[ObjectType]:
    account = make_object(
        "Account",
        "001",
        [
            _computed(_ref("MasterRecordId", "Account")),
            _ref("RecordTypeId", "RecordType"),
            _text("Name", 255, "Account Name", required=True, name_field=True),
            _pick("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Reseller", "Other"),
            _ref("ParentId", "Account", label="Parent Account ID"),
            *_address("Billing"),
            *_address("Shipping"),
            Field("Phone", T.PHONE, "Account Phone", length=40),
            Field("Fax", T.PHONE, "Account Fax", length=40),
            _text("AccountNumber", 40),
            Field("Website", T.URL, "Website", length=255),
            _text("Sic", 20, "SIC Code"),
            _pick("Industry", *_INDUSTRIES),
            _money("AnnualRevenue", 0),
            Field("NumberOfEmployees", T.INT, "Employees", precision=8),
            _pick("Ownership", "Public", "Private", "Subsidiary", "Other"),
            _area("Description"),
            _pick("Rating", "Hot", "Warm", "Cold"),
            _text("Site", 80, "Account Site"),
            _pick("AccountSource", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
            _computed(Field("LastActivityDate", T.DATE, "Last Activity")),
        ],
    )
    contact = make_object(
        "Contact",
        "003",
        [
            _computed(_ref("MasterRecordId", "Contact")),
            _ref("AccountId", "Account", delete_constraint="Cascade"),
            _text("LastName", 80, required=True),
            _text("FirstName", 40),
            _pick("Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
            _computed(_text("Name", 121, "Full Name", name_field=True)),
            *_address("Mailing"),
            *_address("Other"),
            *(
                Field(name, T.PHONE, _spaced(name), length=40)
                for name in ("Phone", "Fax", "MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone")
            ),
            _ref("ReportsToId", "Contact"),
            Field("Email", T.EMAIL, "Email", length=80, id_lookup=True),
            _text("Title", 128),
            _text("Department", 80),
            _pick("LeadSource", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
            Field("Birthdate", T.DATE, "Birthdate"),
            _area("Description"),
        ],
    )
    user = make_object(
        "User",
        "005",
        [
            _text("Username", 80, required=True, unique=True, id_lookup=True),
            _text("LastName", 80, required=True),
            _text("FirstName", 40),
            _computed(_text("Name", 121, "Full Name", name_field=True)),
            _text("CompanyName", 80),
            _text("Title", 80),
            _text("Department", 80),
            Field("Email", T.EMAIL, "Email", length=128, required=True, id_lookup=True),
            _text("Alias", 8, required=True),
            _flag("IsActive", default=True),
            _ref("ProfileId", "Profile", required=True),
            _pick("UserType", "Standard", default="Standard"),
            _text("TimeZoneSidKey", 40, required=True),
            _text("LocaleSidKey", 40, required=True),
            _text("EmailEncodingKey", 40, required=True),
            _text("LanguageLocaleKey", 40, required=True),
            _text("FederationIdentifier", 512, id_lookup=True, unique=True, case_sensitive=True),
            _ref("ManagerId", "User"),
        ],
        owner=(),
        deletable=False,
        soft_delete=False,
    )
    return [account, contact, user]


def _sales() -> list[ObjectType]:
    stages = [row[0] for row in OPPORTUNITY_STAGES]
    opportunity = make_object(
        "Opportunity",
        "006",
        [
            _ref("AccountId", "Account", delete_constraint="Cascade"),
            _text("Name", 120, required=True, name_field=True),
            _area("Description"),
            replace(_pick("StageName", *stages, label="Stage"), required=True),
            _money("Amount"),
            Field("Probability", T.PERCENT, "Probability (%)", precision=3, scale=0),
            _computed(_money("ExpectedRevenue")),
            Field("CloseDate", T.DATE, "Close Date", required=True),
            _pick("Type", "New Customer", "Existing Customer - Upgrade", "Existing Customer - Replacement"),
            _text("NextStep", 255),
            _pick("LeadSource", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
            _computed(_flag("IsClosed")),
            _computed(_flag("IsWon")),
            _computed(_pick("ForecastCategory", "Omitted", "Pipeline", "BestCase", "Forecast", "Closed")),
            _pick("ForecastCategoryName", "Omitted", "Pipeline", "Best Case", "Commit", "Closed"),
            _computed(_flag("HasOpportunityLineItem")),
            _ref("RecordTypeId", "RecordType"),
            _ref("Pricebook2Id", "Pricebook2", relationship="Pricebook2"),
            _ref("ContactId", "Contact", updateable=False),
            _computed(Field("FiscalQuarter", T.INT, "Fiscal Quarter", precision=9)),
            _computed(Field("FiscalYear", T.INT, "Fiscal Year", precision=9)),
        ],
    )
    item = make_object(
        "OpportunityLineItem",
        "00k",
        [
            _ref("OpportunityId", "Opportunity", required=True, updateable=False, delete_constraint="Cascade"),
            _ref("PricebookEntryId", "PricebookEntry", updateable=False),
            _ref("Product2Id", "Product2", relationship="Product2", updateable=False),
            _computed(_text("ProductCode", 255)),
            _computed(_text("Name", 376, "Opportunity Product Name", name_field=True)),
            Field("Quantity", T.DOUBLE, "Quantity", precision=12, scale=2, required=True),
            _money("TotalPrice"),
            _money("UnitPrice"),
            _computed(_money("ListPrice")),
            Field("Discount", T.PERCENT, "Line Discount", precision=5, scale=2),
            Field("ServiceDate", T.DATE, "Service Date"),
            _text("Description", 255),
            Field("SortOrder", T.INT, "Sort Order", precision=9),
        ],
        owner=(),
    )
    product = make_object(
        "Product2",
        "01t",
        [
            _text("Name", 255, "Product Name", required=True, name_field=True),
            _text("ProductCode", 255),
            _text("StockKeepingUnit", 180, "Product SKU"),
            _area("Description", 4000),
            _flag("IsActive"),
            _pick("Family", "None"),
            _pick("QuantityUnitOfMeasure", "Each"),
            Field("DisplayUrl", T.URL, "Display URL", length=1000),
            _text("ExternalId", 255),
        ],
        owner=(),
        label="Product",
    )
    book = make_object(
        "Pricebook2",
        "01s",
        [
            _text("Name", 255, "Price Book Name", required=True, name_field=True),
            _flag("IsActive"),
            _computed(_flag("IsStandard")),
            _text("Description", 255),
        ],
        owner=(),
        label="Price Book",
    )
    entry = make_object(
        "PricebookEntry",
        "01u",
        [
            _ref("Pricebook2Id", "Pricebook2", relationship="Pricebook2", required=True, updateable=False),
            _ref("Product2Id", "Product2", relationship="Product2", required=True, updateable=False),
            _computed(_text("Name", 255, "Product Name", name_field=True)),
            _computed(_text("ProductCode", 255)),
            _money("UnitPrice", required=True),
            _flag("IsActive"),
            _flag("UseStandardPrice"),
        ],
        owner=(),
        label="Price Book Entry",
        plural="Price Book Entries",
    )
    stage = make_object(
        "OpportunityStage",
        "01J",
        [
            _text("MasterLabel", 255, name_field=True),
            _text("ApiName", 255),
            _flag("IsActive"),
            Field("SortOrder", T.INT, "Sort Order", precision=9),
            _flag("IsClosed"),
            _flag("IsWon"),
            _text("ForecastCategory", 40),
            _text("ForecastCategoryName", 40),
            Field("DefaultProbability", T.PERCENT, "Probability (%)", precision=3),
        ],
        owner=(),
        label="Opportunity Stage",
        read_only=True,
    )
    return [opportunity, item, product, book, entry, stage]


def _service() -> list[ObjectType]:
    case = make_object(
        "Case",
        "500",
        [
            _computed(_ref("MasterRecordId", "Case")),
            _ref("RecordTypeId", "RecordType"),
            _computed(_text("CaseNumber", 30, "Case Number", name_field=True, auto_number="{00000000}")),
            _ref("ContactId", "Contact"),
            _ref("AccountId", "Account", delete_constraint="Restrict"),
            _ref("ParentId", "Case", label="Parent Case ID"),
            _text("SuppliedName", 80, "Web Name"),
            Field("SuppliedEmail", T.EMAIL, "Web Email", length=80),
            Field("SuppliedPhone", T.PHONE, "Web Phone", length=40),
            _text("SuppliedCompany", 80, "Web Company"),
            _pick("Type", "Mechanical", "Electrical", "Electronic", "Structural", "Other", label="Case Type"),
            _pick("Status", *(status for status, _ in CASE_STATUSES), default="New"),
            _pick("Reason", "Installation", "Equipment Complexity", "Performance", "Breakdown", "Feedback", "Other"),
            _pick("Origin", "Phone", "Email", "Web", label="Case Origin"),
            _text("Subject", 255),
            _pick("Priority", "High", "Medium", "Low", default="Medium"),
            _area("Description"),
            _computed(_flag("IsClosed")),
            _computed(Field("ClosedDate", T.DATETIME, "Closed Date")),
            _flag("IsEscalated"),
            _area("Comments", 3999),
        ],
        owner=("User", "Group"),
    )
    task = make_object(
        "Task",
        "00T",
        [
            _ref("WhoId", "Contact", "Lead", label="Name ID"),
            _ref(
                *("WhatId", "Account", "Opportunity", "Case", "Product2"),
                label="Related To ID",
                delete_constraint="Cascade",
            ),
            replace(_pick("Subject", "Call", "Email", "Send Letter", "Send Quote", "Other"), type=T.COMBOBOX),
            Field("ActivityDate", T.DATE, "Due Date Only"),
            _pick("Status", *(status for status, _ in TASK_STATUSES), default="Not Started"),
            _pick("Priority", *(priority for priority, _ in TASK_PRIORITIES), default="Normal"),
            _computed(_flag("IsHighPriority")),
            _area("Description"),
            _computed(_ref("AccountId", "Account")),
            _computed(_flag("IsClosed")),
            _computed(Field("CompletedDateTime", T.DATETIME, "Completed Date/Time")),
        ],
        owner=("User", "Group"),
    )
    lists = (
        ("CaseStatus", "01D", "IsClosed"),
        ("TaskStatus", "01T", "IsClosed"),
        ("TaskPriority", "01G", "IsHighPriority"),
    )
    return [case, task, *(_choices_of(*one) for one in lists)]


def _choices_of(name: str, prefix: str, flag: str) -> ObjectType:
    """The org's own list of the choices of one picklist, with what each of them means."""
    return make_object(
        name,
        prefix,
        [
            _text("MasterLabel", 255, name_field=True),
            _text("ApiName", 255),
            Field("SortOrder", T.INT, "Sort Order", precision=9),
            _flag("IsDefault"),
            _flag(flag),
        ],
        owner=(),
        bulk=False,
        plural=f"{_spaced(name)} Values",
        read_only=True,
    )


def _setup() -> list[ObjectType]:
    group = make_object(
        "Group",
        "00G",
        [
            _text("Name", 40, required=True, name_field=True),
            _text("DeveloperName", 80),
            _pick("Type", "Regular", "Queue", default="Regular"),
            Field("Email", T.EMAIL, "Email", length=255),
        ],
        owner=(),
        soft_delete=False,
    )
    organization = make_object(
        "Organization",
        "00D",
        [
            _text("Name", 80, name_field=True),
            _flag("IsSandbox"),
            _pick("OrganizationType", "Enterprise Edition", default="Enterprise Edition"),
            _text("InstanceName", 5),
            _text("TimeZoneSidKey", 40),
            Field("FiscalYearStartMonth", T.INT, "Fiscal Year Starts In", precision=9),
            _text("DefaultLocaleSidKey", 40),
            _text("LanguageLocaleKey", 40),
            Field("TrialExpirationDate", T.DATETIME, "Trial Expiration Date"),
        ],
        owner=(),
        soft_delete=False,
        read_only=True,
    )
    record_type = make_object(
        "RecordType",
        "012",
        [
            _text("Name", 80, "Record Type Name", required=True, name_field=True),
            _text("DeveloperName", 80, required=True),
            _text("SobjectType", 40, required=True),
            _flag("IsActive"),
            _text("Description", 255),
        ],
        owner=(),
        soft_delete=False,
    )
    profile = make_object("Profile", "00e", [_text("Name", 255, name_field=True)], owner=(), soft_delete=False)
    permission_set = make_object(
        "PermissionSet",
        "0PS",
        [
            _text("Name", 80, required=True, unique=True, name_field=True),
            _text("Label", 80, required=True),
            _text("Description", 255),
            _flag("IsCustom", default=True),
            _flag("IsOwnedByProfile"),
            _flag("PermissionsApiEnabled"),
            _flag("PermissionsViewSetup"),
        ],
        owner=(),
        soft_delete=False,
    )
    assignment = make_object(
        "PermissionSetAssignment",
        "0Pa",
        [
            _ref("PermissionSetId", "PermissionSet", required=True, updateable=False),
            _ref("AssigneeId", "User", required=True, updateable=False),
            _computed(_flag("IsActive", default=True)),
        ],
        owner=(),
        soft_delete=False,
    )
    return [group, organization, record_type, profile, permission_set, assignment]
