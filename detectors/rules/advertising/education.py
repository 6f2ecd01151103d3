"""`edu-promise`: passing, admission, marks, certificates and jobs, promised with a course.

广告法 24: promises of the result, express or implied (1), people of the examination (2),
experts, schools and former pupils as recommenders (3). The money back for those who fail is a
term of contract; in an advertisement it implies the result, so it is watched, and a lead only
together with a promise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.events import Category
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make, is_about
from detectors.rules.advertising.education_ways import (
    BOUGHT,
    GUARANTEED,
    HOPED,
    INSIDE,
    PLACED,
    REFUNDED,
    THANKFUL,
)
from detectors.rules.claims.reading import Reading

__all__ = ["EduPromise"]

_CLASSES: frozenset[Category] = frozenset({"education"})
_COURSES = re.compile(
    "(?:保|包)录取|签约入学|面谈|考砸|叉车证|电工证|课程|网课|(?:报|上|这|的|冲刺|协议|提分|培训|集训|直播|训练|精品|正价)课|[的们训研升过议刺练]班|培训|考试|考研|考公|考编|考证|备考|学员|学生|雅思|托福|四级|六级|四六级|高考|中考|"
    "小升初|专升本|成人?高考|自考|教资|教师资格|建造师|会计证|初级会计|公务员|驾校|科目[一二三四]|学习机|教材|教辅|真题|提分|补课|辅导|家教|大专|文凭|学历|拿证|下证|"
    "点读笔|单词|刷题|押题|试卷|成绩|上岸|学霸|状元|班级|学习平板|学习桌|早教|启蒙|英语|数学|作文|奥数|口才|编程|考级|名师|专升|函授|自考|授课|通过率"
)
_FIGURE = re.compile(r"\d|[一二两三四五六七八九十百半]")
_NOTICED = re.compile("的?(?:官网|网站|网上|通知|公告)")
#: “学费不退”
_KEPT = re.compile("(?:不|不能|不给|不会|不予|概不|恕不)$")
#: A rise of marks in figures is a promise without any word of promising: “3个月提分50”.
_MARKS = re.compile(
    r"(?:提分?|提高|提升|涨分?|多考|进步)[^,。!?\d不]{0,3}(?:\d{1,12}|[一二三四五六七八九十百]{1,12})(?!样|定|直|起|步|分钟|分之|分期|分页)分?(?:$|[ ,。!?以多+左]|[\u4e00-\u9fff])"
)
#: “保过年前到货” is no 保过.
_OTHER_WORD = re.compile("[年期冬夏夜节滤程来去度敏]")
#: “从五十多分飙到九十八”.
_LEAP = re.compile(
    r"从[一二三四五六七八九十百\d]{1,4}(?:多)?(?:分)?(?![月点号年岁节课天])[^,。!?\d]{0,3}(?:到|变|飙|冲|涨)[^,。!?]{0,2}[一二三四五六七八九十百\d]{2,4}|"
    r"从[^,。!?]{0,6}(?:[\d一二三四五六七八九十百]{1,12}多?分|倒数|垫底|吊车尾|不及格)[^。!?]{0,8}(?:到|飙|冲|涨|升|考)[^,。!?]{0,4}(?:[\d一二三四五六七八九十百]|满分|前|第一)|"
    r"(?:稳|保|必|直接|轻松|肯定|一定)(?:进|冲|上|拿|考)[^,。!?]{0,4}(?:前[一二三五十\d]|第一|满分|\d{1,12}分)|"
    r"(?:保证|保你|包你|肯定|一定|必定)[^,。!?]{0,14}(?:上|考|到|提|涨|过)(?:了)?(?:[一二三四五六七八九]十|\d{2,3}|满分|一百)"
)
_LAWFUL_REFUND = re.compile(
    "(?:未|没)(?:开课|学|上过|上的)|开课[^,。!?]{0,8}(?:天|节|周)内|不满意|不喜欢|剩余(?:课时|费用)|[一二三两\\d]{1,12}(?:天|节课)(?:之)?内"
)


@rule
class EduPromise(ComposedRule):
    id = "edu-promise"
    makes: ClassVar[Sequence[Make]] = (
        Make("效果保证", "，属对通过考试、录取、证书或效果的保证性承诺", ("pass",), ungated=True),
        Make(
            "效果保证", "，对教育、培训的效果作出保证性承诺", ("goal",), ("assure",),
            after=10, before=12, marks=1,
        ),
        Make("效果保证", "，暗示不必考试即可取得证书、学历", ("easy",), ungated=True),
        Make("命题人员", "，明示或暗示有命题、考试机构人员参与", ("insider",)),
        Make(
            "荐证", "，利用专业人士、教育机构、受益者的名义推荐、证明", ("expert",), ("vouch",),
            after=12, before=8, marks=1,
        ),
        Make(
            "受益者", "，利用受益者的成绩作证明", ("pupil",), ("result",),
            after=18, before=8, marks=2, level="watch",
        ),
        Make("退费", "，以不通过即退费暗示保证效果", ("refund",), level="watch", ungated=True,
             unless=_LAWFUL_REFUND),
        Make(
            "退费", "，以不通过即退费暗示保证效果", ("fail",), ("refundable",),
            after=16, marks=1, level="watch", unless=_LAWFUL_REFUND, ungated=True,
        ),
        Make("提分", "，以提分的数字暗示培训效果", ("marks",), level="watch", where=_MARKS),
        Make("提分", "，以提分、名次的数字暗示培训效果", ("marks", "vow", "goal"), level="watch", where=_LEAP),
        Make("提分", "，以提分的数字暗示培训效果", ("goal",), level="watch", where=_MARKS),
        Make("效果保证", "，属对通过考试、录取、证书或效果的保证性承诺", ("course",), where=GUARANTEED, ungated=True,
             whole=True),
        Make("退费", "，以不通过即退费暗示保证效果", ("course",), where=REFUNDED, level="watch", ungated=True,
             unless=_LAWFUL_REFUND, whole=True),
        Make("效果保证", "，暗示不必考试即可取得证书、学历", ("course",), where=BOUGHT, ungated=True, whole=True),
        Make("效果保证", "，暗示对考试、成绩、就业的结果有把握", ("course",), where=HOPED, level="watch", whole=True),
        Make("命题人员", "，明示或暗示有命题、考试机构人员参与", ("course",), where=INSIDE, whole=True),
        Make("效果保证", "，对录取、就业、证书作出保证性承诺", ("course",), where=PLACED, ungated=True, whole=True),
        Make("受益者", "，利用受益者、专业人士的名义作推荐、证明", ("course",), where=THANKFUL, level="watch",
             ungated=True, whole=True),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "不作承诺、因人而异",
            re.compile(
                "没(?:有)?(?:参加|参与|当|做)过[^,。!?]{0,4}(?:命题|出题|阅卷)|(?:也|都)不认识|也不会押|没有(?:保|包)过|不是说(?:一定|肯定|保证)|(?:保|包)过班[^,。!?]{0,4}(?:没有|不开|都是坑)|(?:保|包)过班(?:骗|坑)|被(?:保|包)过|过退费我们取消|不是教育部|说不(?:好|准)|不(?:作)?承诺|不(?:能)?保证(?!.{0,3}退)|因人而异|不(?:能|敢)(?:说|跟你说|打包票)|看(?:孩子|个人|自己|基础|你)(?!.{0,3}(?:名单|信息))|没有(?:任何|哪个|哪家)?[^,。!?]{0,3}(?:机构|人)(?:能|敢)|"
                "没有包的|(?:我们|咱们?|老师)?(?:从来)?不(?:做|搞|押|猜|参与)(?!到)|做不到(?![^。!?]{0,4}(?:退|返|双倍|赔|倒贴|我|补))|不代表|仅供参考|违规|别信|不做这种|不押题"
            ),
            "说明效果不作保证",
            "没有说明效果因人而异",
            "text",
        ),
        Ground(
            "防骗提醒",
            re.compile(
                "骗子|骗人|骗局|警惕|当心|小心|上当|违法|举报|都是假|(?:我们|谁|我)也不知道|哪(?:有|来)(?:什么)?内部|没有内部|不可能有"
            ),
            "提醒防骗、否认",
            "不是防骗提醒",
        ),
        Ground(
            "祝愿",
            re.compile(
                "逢考必过[^,。!?]{0,8}(?:粽|钥匙|t恤|红|手|笔|袜|礼|挂件|帽)|来跟我报喜|谢谢考上|祝|愿|希望|彩头|吉利|寓意|谐音|加油|目标是"
            ),
            "说的是祝愿、寓意",
            "不是祝愿",
        ),
        Ground(
            "办学事实",
            re.compile("历年真题|自己报名考试|人社部门|课时|讲义|回放|答疑(?!.{0,6}保)"),
            "说的是课程内容",
            "不是课程内容的介绍",
            "clause",
        ),
    )

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        if not is_about(ctx.room, reading, _CLASSES, _COURSES):
            ctx.decline("no-course")
            return None
        if hits[0].term.endswith("过") and _OTHER_WORD.match(reading.text, hits[0].end):
            ctx.decline("everyday")
            return None
        if (
            make.concept == "提分"
            and make.first == ("goal",)
            and make.where is _MARKS
            and hits[0].group != "goal.分数"
        ):
            return None
        if reading.text[max(0, hits[0].start - 1) : hits[0].start] in ("不", "没") and hits[
            0
        ].term.startswith(("包", "保")):
            # “不包分配” promises nothing, though the group's other words are negations themselves.
            ctx.decline("negated")
            return None
        if make.first == ("pass",) and "退" in hits[0].term and _LAWFUL_REFUND.search(reading.text):
            ctx.decline("lawful-refund")
            return None
        if make.first == ("insider",) and _NOTICED.match(reading.text, hits[0].end):
            # “看考试院的通知”: where one enters for it.
            ctx.decline("everyday")
            return None
        if make.first == ("insider",) and reading.text[: hits[0].start].endswith("看"):
            ctx.decline("everyday")  # “过不过看考官”
            return None
        if make.second == ("refundable",) and _KEPT.search(reading.text[: hits[1].start]):
            ctx.decline("not-refunded")
            return None
        if make.second and hits[0].group == "goal.分数":
            low, high = reading.scope.clause(hits[0].start)
            if not _FIGURE.search(reading.text[low:high]):
                return None
        return make.level

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        if make.first == ("refund",):
            return ["退费条款原文：单纯的合同约定，还是对效果的保证"]
        return ["课程页面、协议中的表述"]
