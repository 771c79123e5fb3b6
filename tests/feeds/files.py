"""Lines of the shipped profile's files."""

from datetime import date

from crm.lib.identifiers import make_resident_id

ID = make_resident_id("339901", date(1980, 5, 17), 21)
CUSTOMER_HEAD = "客户号,机构号,客户类型,开户日期,客户名称,证件号码,证件种类,统一社会信用代码,手机号,地址"
ACCOUNT_HEAD = "账号,客户号,开户日期,销户日期,账户类型,产品名称,币种,利率,到期日,余额"
POSTING_HEAD = "流水号,账号,记账日期,金额,借贷标志,交易码,摘要,交易后余额,冲正流水号"
RATE_HEAD = "日期,币种,中间价"


def customers(*lines: str) -> str:
    return "\n".join([CUSTOMER_HEAD, *lines, ""])


def accounts(*lines: str) -> str:
    return "\n".join([ACCOUNT_HEAD, *lines, ""])


def postings(*lines: str) -> str:
    return "\n".join([POSTING_HEAD, *lines, ""])


def rates(*lines: str) -> str:
    return "\n".join([RATE_HEAD, *lines, ""])


PERSON = customers(f"K1,0101,个人,2019-03-01,单志明,{ID},居民身份证,,15400000001,临江市城东区人民路1号")
ACCOUNT = accounts("623001,K1,2020-01-01,,活期,活期储蓄,CNY,,,")
