"""What people of the demo complain about, in their words."""

from dataclasses import dataclass

from complaints.cases.codes import Level, Source

DESK = (Source.COUNTER, Source.PHONE, Source.COUNTER, Source.ONLINE)
OUTSIDE = (Source.NFRA, Source.CITY, Source.PHONE)


@dataclass(frozen=True)
class Plaint:
    facts: str
    demand: str
    channel: str
    business: str
    cause: str
    found: str
    root: str
    measures: str
    solution: str
    sources: tuple[str, ...] = DESK
    level: str = Level.ORDINARY
    amount: int = 0
    accuses: bool = False


PLAINTS = [
    Plaint(
        "办理定期转存时柜员语气生硬，询问利率没有得到正面回答，还被要求“自己看公告”。", "当面道歉",
        "counter", "savings", "service", "柜员未使用文明用语，未做解释。", "班前未提示文明用语，窗口紧张。",
        "班后会通报，柜员重学服务规范。", "网点负责人当面致歉，指定专人办理。", accuses=True,
    ),
    Plaint(
        "月底排队四十分钟，叫到号时窗口暂停，没有人说明原因。", "缩短等候时间", "counter", "savings", "service",
        "当日三个窗口只开一个，未启动弹性窗口。", "排班未考虑代发工资日。", "代发日增开弹性窗口，大堂经理分流。",
        "致歉并预约优先办理。",
    ),
    Plaint(
        "自助机吞卡后两天未归还，客服与网点互相推诿。", "尽快取回银行卡", "self-service", "debit-use", "facilities",
        "吞卡登记遗漏，次日未通知客户。", "吞卡交接表无人核对。", "吞卡当日电话通知，交接双人核对。", "当日送卡上门并致歉。",
    ),
    Plaint(
        "手机银行转账重复扣款两笔，金额各五千元。", "退回重复扣款", "mobile-app", "e-payment", "facilities",
        "系统超时后客户重复提交，一笔已自动冲正。", "超时提示不清楚。", "优化超时提示，增加防重复校验。", "核对后退回重复款项。",
        level=Level.COMPLEX, amount=5000,
    ),
    Plaint(
        "购买理财时只介绍收益，没有说明是非保本产品，到期亏损。", "赔偿本金损失", "counter", "wealth", "disclosure",
        "风险揭示书已签，录音中风险提示过快。", "销售话术偏重收益。", "销售录音抽查，话术整改。", "补充说明并协商解决方案。",
        sources=OUTSIDE, level=Level.COMPLEX, amount=200_000,
    ),
    Plaint(
        "接到自称银行客户经理的营销电话，多次拒绝后仍继续拨打。", "停止营销来电", "phone-banking", "business-other", "marketing",
        "外呼名单未剔除已拒绝客户。", "拒绝名单更新滞后。", "拒绝名单当日生效。", "列入免打扰名单并致歉。",
    ),
    Plaint(
        "账户被收取小额账户管理费，事前没有告知。", "退还费用", "counter", "account-management", "pricing",
        "收费公示已挂网，未短信告知。", "费用调整未逐户告知。", "调整前短信告知。", "退还费用并办理减免签约。", amount=36,
    ),
    Plaint(
        "贷款提前还款申请两周没有答复，多付了利息。", "减免多付利息", "counter", "loans", "rules",
        "申请单滞留在支行。", "审批无时限提醒。", "审批超两日自动提醒。", "减免两周利息差额。", level=Level.COMPLEX, amount=860,
    ),
    Plaint(
        "网点工作人员在大厅高声念出存款金额，周围客户都听见了。", "严肃处理并道歉", "counter", "personal-information", "data-security",
        "柜员核对金额时未控制音量。", "隐私意识不足。", "增设隐私提示，纳入检查。", "负责人上门致歉。", accuses=True,
    ),
    Plaint(
        "老人独自到店，被引导到自助机上操作，最后没有办成业务。", "为老人提供人工服务", "self-service", "savings", "service",
        "大堂经理未识别特殊群体。", "分流时未询问需求。", "老年客户一律人工优先。", "上门服务并致歉。", accuses=True,
    ),
    Plaint(
        "信用卡逾期一天就接到催收电话，语气恶劣。", "规范催收", "phone-banking", "collection", "collecting",
        "外包催收人员用语不当。", "外包公司质检缺失。", "暂停该外包坐席，复训。", "致歉并更正记录。", sources=OUTSIDE,
    ),
    Plaint(
        "企业开户跑了四趟，每次要求补不同的材料。", "一次告知", "counter", "account-management", "rules",
        "未执行一次性告知。", "材料清单版本不一。", "统一材料清单并公示。", "专人上门收件，一次办结。",
    ),
]  # fmt: skip
INQUIRIES = ["询问大额存单提前支取的利息怎么算。", "询问社保卡更换需要带哪些证件。", "询问企业网银转账限额如何调整。"]
SUGGESTIONS = ["建议在叫号机旁放老花镜和放大镜。", "建议周末开放一个对公窗口。", "建议手机银行首页增加大字版。"]
ENDINGS = {"refuse": ["同一事项法院已经受理。", "反映事项不属于本行业务。"]}
