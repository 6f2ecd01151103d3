"""Further ways to tell a condition of a price too late: three loose slots that bind each other.

`PRICE`: a price, a coupon or a benefit that stands in the room already. `BOUND`: something that it
hangs on, or that comes on top of it. `UNTOLD`: that this was not said in time. Each alone is
everyday talk of every shop; only all of them make a condition that came late. Beside them stand the
buyer who paid more and is told why, the request to order first, and the one to keep it quiet.
"""

from __future__ import annotations

from typing import NamedTuple

from detectors.match import expression as re
from detectors.match.sought import Sought

__all__ = ["PRICE_BEFORE", "Late", "binds", "late_by_parts", "may_be_late"]

#: What is alleged of a condition that was told after the price.
PRICE_BEFORE = "先前报出或展示的价格，其后才说另有条件"

_SUM = "[\\d一二两三四五六七八九十百千零点半]{1,12}(?:块|元|毛|折|角)?"
_MONEY = f"{_SUM}(?:块|元|毛|折|钱|包邮|到手)|[\\d一二两三四五六七八九]{{1,12}}[十百千][\\d一二三四五六七八九]?(?!单|件|份|个|人|斤|箱|米|年|天|次|片|瓶|条|名|位)|[\\d一二两三四五六七八九十]{{1,12}}块[\\d一二三四五六七八九]?"
_BENEFIT = "这个?数(?=[,。]|$)|价(?!值)|券|折扣?|免费|白送|半价|特价|优惠|福利|满减|立减|买[一二两三四\\d]送|包邮|秒杀|返(?:现|利)|补贴|红包|积分|名额|到手|活动"
#: Where, or by whom, a price was put before the buyer.
_SHOWN = "刚|前面|之前|方才|上面|一开始|开头|开场|先前|那个?|那张|这个?|我|咱|你们?|大家|各位|标题|页面|主图|头图|封面|首图|链接|详情|广告|海报|预告|视频|屏幕|贴片|牌子|大字|喊|报|挂|标|写|显示|看到|抢|领|券"
_PRICE = re.compile(
    f"{_MONEY}|(?:{_SHOWN})[^,。!?]{{0,10}}?(?:{_MONEY}|{_BENEFIT})|买[一二两三四\\d]{{1,12}}[^,。!?]{{0,2}}送|第二件|半价|免费"
)
_ADVERTISED = re.compile(
    f"(?:标题|页面|主图|头图|封面|首图|海报|广告|预告|牌子?|大字|屏幕|宣传|号称|说是|说的|写的|喊的|挂的|标的)[^,。!?]{{0,8}}?(?:{_MONEY}|{_SUM}|{_BENEFIT})"
)
_BAIT = re.compile(
    f"(?:只要|才|仅|就|卡|体验|套餐|特价|团购)[^,。!?]{{0,3}}(?:{_MONEY}|{_SUM})|免费|[零0](?:元|首付)|半价"
)
_FREE = re.compile("[零0](?:元|首付|利息|利率)|免费|不要钱|一分钱|包安装")
_TELL = "喊|说|讲|提(?!前|供|高|醒)|念|报|交代|强调|补充|告诉|吱声|打字|打上去?|写|标|注明|备注|贴|播|解释|言语|写上|体现|公示|列"
_WHEN = "刚才?|刚刚|前面|之前|方才|一开始|开头|开场|开播|先前|当时|早先|早|标题|页面|主图|头图|封面|链接|详情|广告|海报|预告|视频|屏幕|直播间|报价|上面|我|咱|主播|助理|小编|运营|场控"
#: That it was not said when the price was.
_UNTOLD = Sought(
    re.compile(
        f"(?:忘|漏|落(?:下|了)|少|来不及|没来得及|没顾得?上|顾不上|没想起来?|懒得|没工夫|没空)(?:了|记|掉)?[^,。!?]{{0,6}}?(?:{_TELL}|一(?:句|嘴|条|茬))"
        f"|(?:{_TELL})(?:得|的)?(?:也|太|有点)?(?:晚|迟|漏|急|快|岔|半截|一半|不全|含糊|笼统|模糊)|嘴(?:快|急|瓢|秃噜|笨)|口误|先(?:拍|付|交|下单|抢|买)(?:了|下)?再说|(?:只|光)(?:顾着)?(?:说|讲|报|喊|写|标|念)了"
        f"|(?:{_WHEN})[^,。!?]{{0,6}}?(?:没有?|未|(?<!特)别|不)(?:跟|给|和|向|来得及)?[^,。!?]{{0,5}}?(?:{_TELL})(?!错|好的|过要|不)"
        f"|(?:这个?|这点|这茬|这条|这事)[^,。!?]{{0,4}}(?:没|忘|漏)[^,。!?]{{0,3}}(?:{_TELL})|没人[^,。!?]{{0,4}}(?:{_TELL})|没(?:{_TELL})(?:清楚?|全|完整?|明白?|到位|透|(?:的|呢|啊|哈)?$)|小字[^,。!?]{{0,5}}(?:写|有|标|印|里)|(?:写|标|印|藏|注明?)(?:在|到)[^,。!?]{{0,5}}(?:小字|最下|底下|角落|背面|合同|协议|第[二三四五]页|后面)"
        f"|(?:才|刚)(?:想起|看到|看见|发现|反应过来|注意到)|(?:补|加|插|更正|纠正|追加)(?:充)?(?:一|两)?(?:句|下|点|嘴|条)"
    )
)
#: What a buyer may have to do, or to be.
_ACT = "拍|买|付|交|充|办|开(?:通|会|卡|户)|入会|入团|领|凑|满|够|加|补|关注|签|连续|打卡|注册|下载|邀请|拉[人新]|分享|转发|晒|好评|到店|来店|自提|认证|实名|绑|预存|存|押|过[\\d一二两三四五六七八九十百]|单笔|一次性|整(?:箱|件|盒|套)|会员|粉丝|学生|新(?:客|人|户|用户)|老客|首单|券|抵|旧|置换|审核|抢|助力|拼|组团|达到|消费|使用|配合|身份证|本地|[\\d一二两三四五六七八九十百]{1,12}(?:件|单|箱|个人|瓶|盒|斤|年)"
_MUST = (
    f"(?:(?<![记觉写说值懂显获取认晓舍免使])得|要(?!的|不要|是(?!新|老|会员))|需要?|须|必须|先)[^,。!?]{{0,8}}?(?:{_ACT})"
    "|才(?:能|给|有|行|减|算|生效|享|可以|送|返|包|够|打|认|是这)|(?:仅|只)(?:限|给|能|对|针对|够|认|适用|支持|在|有[^,。!?色码款货味]{1,8}(?:才|能|有|享))|限(?!时|量|定)[^,。!?]{1,6}|前提"
)
#: What a price hangs on, what it is without, or what comes on top of it.
_BOUND = Sought(
    re.compile(
        f"(?:{_MUST})[^,。!?]{{0,10}}"
        f"|(?:另外?|再|还|得|要|自己|单独?|额外)(?:收|付|加|补|交|掏|算|买|贴|出)[^,。!?]{{0,6}}(?:{_SUM}|钱|费|差)|(?:加|补|多|贴|扣|押|涨)(?:你|个|收)?{_SUM}(?!单|件|份|台|套|条|双)"
        "|不(?:含|包(?!邮)|带(?!走)|算|减|参[加与]|叠加|送|支持|适用|认|覆盖)[^,。!?]{0,8}|自(?:理|费|备|提|付|取|配|购)|除外|另外?(?:算|计|购|配|收|付|买|交)|按[^,。!?]{1,6}(?:收|计费|算钱)|不能(?:跟|和|与|同)[^,。!?]{0,8}(?:用|叠|享)|不能(?:用|叠|减|抵|退|换)|用不了|下次(?:才能?)?用|(?:还|都)得付全款|单(?:卖|买|算|收|配)"
        "|[\\d一二两三四五六七八九十百]{1,12}(?:斤|件|箱|盒|单|套|米|个|只|瓶|公斤|平|张|份)起|[\\d一二两三四五六七八九十百](?:箱|件|个|盒|套|只|双)不是[\\d一二两三四五六七八九十百]|起步价|起(?:拍|订|购|送|卖|批|发|做)"
        "|(?:前|头)[\\d一二两三四五六七八九十百]{1,12}(?:名|位|单|件|个|份)|(?:限|每人|一人)[\\d一二两三四五六七八九十]{1,12}(?:件|单|份|个|次)|(?:没有?(?!拍|抢|买|看|听|来|领)|不是|非|未)[^,。!?]{1,8}的(?:就|都|得|要|加|补|是|只能|按|不)?"
        "|会员|入会|学生|首单|新(?:人|客|用户)|老客|粉丝|定金|订金|尾款|押金|首(?:期|付|年|月)|续费|自动扣|旧机|旧的|置换|抵(?:完|扣|过)|裸(?:机|车|价)|空机|补贴|国补|拼团|成团|砍价|助力|邀请|好评|晒[图单]|自提|到店|分期|指定|第二[件个年双杯]|小号|小码|最小|[smSM]码|低配|基础款|(?:以上|以外|之外|偏远|其他地方|外地|新疆|西藏)[^,。!?]{0,4}(?:加|补|另|不|得|要)|只是[^,。!?]{1,8}|先付[^,。!?]{0,8}|(?:第[二两三四五]|后面|之后|以后|次[月年]|下个?[月年]|到期|期满|过了|满了|[一二两三四五六七八九十\\d]{1,12}个?[月年天](?:后|以后|之后))[^,。!?]{0,6}?(?:[\\d一二三四五六七八九]{1,12}[十百千][\\d一二三四五六七八九]?|\\d{2,20}|[\\d一二两三四五六七八九十百千]{1,12}(?:块|元))|只优惠[^,。!?]{0,6}|不退|(?:收货|确认|月底|到时候?|晒单)[^,。!?]{0,6}返|周[一二三四五末]|节假日|工作日|临期|瑕疵|二手|样品"
    )
)
#: What was put before the buyer is only this, and costs more than it seemed.
_ONLY = Sought(
    re.compile(
        f"(?:标题|页面|主图|头图|封面|首图|海报|广告|预告|牌子?|大字|屏幕|挂的|写的|标的|刚才?|刚刚|前面|之前|方才|开头|一开始|(?:我|咱|主播|你们?|大家|各位)[^,。!?]{{0,3}}(?:说|喊|报|讲|看到|看见|听到|抢到|拍到|领到))[^,。!?]{{0,8}}?(?:{_MONEY}|{_SUM}|{_BENEFIT})"
        "[^,。!?]{0,8}?,?(?:那|它|这)?(?:个|就)?(?:其实|实际)?(?:也)?(?:只是|说的是|指的?是|算的是|仅是|不含|不包(?!邮)|不带|是)(?!真|假|我们|大家|最|很|原价|市场|专柜|成本|你们)[^,。!?]{1,12}"
    )
)
#: What comes on top, or what others pay.
_ON_TOP = Sought(
    re.compile(
        f"(?:没有?|不是|非|其[他它余]|别的|以上|不符合|够不(?:上|到)|超(?:过|出)|大(?:的|号|码))[^,。!?]{{0,10}}?(?:(?:得|要|就|还|是|按|另|多|加|补|掏|付)[^,。!?]{{0,5}}{_SUM}|{_MONEY})"
        f"|(?:另外?|再|还得|还要|得|要|单独?|额外|自己)(?:再)?(?:收|付|加|补|交|掏|算|买|贴|出|配)(?:[^,。!?]{{0,5}}(?:{_SUM}|钱|费|差)|[的了啊哈]?(?:$|[,。]))|{_SUM}(?:单|另|额外)(?:加|算|付|收|买|补)"
    )
)
#: More is to be paid once one is there.
_THERE = Sought(
    re.compile(
        "(?:实际|其实|(?:到|进)(?:了|到)?[^,。!?]{0,4}?(?:店|前台|现场|诊所|医院|门|那|校区|柜台|园|馆|棚|山|场|时候|了)|进去|付款|结账|签收|收货|上门|下单|真(?:去|要))[^,。!?]{0,6}?(?:还|另|再|又|必须|得|要|需)[^,。!?]{0,4}?(?:交|付(?!款)|加(?!热|水)|补|收|掏|扣|办|买|签(?!收)|充|储值|开卡|有[^,。!?]{1,6}费)[^,。!?]{0,6}"
    )
)
_AFTER = "(?:付|拍|买|下(?:完)?单|结[算账]|收货|签收|到店|到货|到(?:了|家|时候)|点(?:进|开)|进去|领|扫|上门|师傅|客服|顾问|店员|老师|签)"
#: Once one is there, or has ordered.
_THEN = "(?:到|进|去)(?:了|到)?[^,。!?]{0,4}?(?:店|前台|现场|诊所|医院|门|家里|那[里边儿]|校区|厂里|柜台|时候)(?:里|上|边)?|师傅(?:到|来|上门|进门|装|量|看)?(?:了|完)?|上门|签(?:合同|单|的)?(?:的?时候)?|客服|前台|顾问|拍(?:下|完|了)|回头|等?(?:装|用|做|住)(?:好|完|上)了?|安装(?:的?时候)?|收货(?:的?时候)?|提车(?:的?时候)?|见面"
#: What a buyer learns once the order is placed.
_LEARNT = Sought(
    re.compile(
        f"{_AFTER}(?:完|了|款|码|下|去|来|的?时候?|以后|之后|后|时|到){{0,6}}[^,。!?]{{0,5}}?(?:(?:才|方)(?:会)?(?:跟|和|给|对)?(?:你们?|他们|您|大家)?(?:能|可以)?(?:知道|晓得|发现|看到|看得[到见]|告诉|说|讲|显示|弹|提示|明白|冒)|会(?:跟|和|给|对)(?:你|您|他)们?(?:说|讲|解释)|会告诉(?:你|您|他)|就(?:知道|看到|看见|晓得|明白))|(?:结[算账]|付款?)[^,。!?]{{0,4}}看得[到见]"
    )
)
#: What one meets with inside a link.
_INSIDE = Sought(
    re.compile(
        f"(?:{_MONEY}|[零0]元|免费|白领|白拿|不要钱|半价)[^。!?]{{0,12}}?(?:(?:点|拍|扫|领|跳)(?:进去|开|进来)|进去|领的?时候|付款?的?时候|下单的?时候|结[算账]的?时候)(?:了|以后|之后)?(?:就|都|你|还){{0,6}}(?:得|要|需要?|必须|才)(?:先|再|另外?|额外)?[^,。!?]{{0,3}}?(?:充|办|拉|邀|买|付(?!款)|交|补|加[钱价\\d一二三四五]|凑|押|转发|分享|绑|贷|开(?:通|卡|会)|下载)[^,。!?]{{0,8}}"
    )
)
#: A buyer met another sum than was told.
_MORE = Sought(
    re.compile(
        f"(?:怎么|为(?:什么|啥|何)|咋)(?:就|还|又|会|突然|下单|付款|显示){{0,6}}(?:多|变|贵|涨|不是|没减|没便宜|减不|要|收|扣|才减)[^,。!?]{{0,8}}"
        f"|(?:多|贵)(?:出|付|收|扣|算)?(?:来|了)(?:的)?(?:那)?{_SUM}"
        f"|(?:下单|付款|结算|结账|支付|提交|点进去|拍(?:下|的)?(?:时候|出来)?)[^,。!?]{{0,6}}(?:变成?|显示|跳|弹|看到|是|成了|要)(?:的是|了|出)?[^,。!?]{{0,3}}{_SUM}"
        "|(?:没减|减不|没便宜|没优惠|不减|抵不|用不)(?:下来|掉|了|上|成)|(?:价格?|钱)(?:不(?:对|一样|符)|对不上|变了|高了|多了)"
    )
)
#: Why: a fee, or what the buyer has not done.
_WHY = Sought(
    re.compile(
        "(?:因为|那是|是因为|原因|说明|那就是|是)(?:你们?|您|这个?|那个?|他|她|里面)?[^,。!?]{0,3}?(?:没(?:有)?(?:入|开|办|领|绑|关注|加入?|签|认证|凑|满|够|注册|充|实名|下载|点|勾|选|登录|用|达|买|拍)|不(?:是|够|满|在)[^,。!?]{0,2}(?:会员|学生|新|老|粉|\\d|[一二两三四五六七八九十百]|本地|江浙沪))"
        "|是[^,。!?]{1,8}(?:费(?!险)|的(?:钱|价|运费(?!险)|差价?))(?![^,。!?]{0,4}(?:退|返|免|不用))|是[^,。!?]{0,4}(?:押金|运费(?!险)|邮费|税|定金|尾款)"
    )
)
_SETTLED = re.compile(
    "(?:退|返)(?:给)?(?:你|您|大家|回)|补差|免掉|我们?(?:承担|出)|系统(?:卡|延迟|出|有)"
)
#: What one would have to know before one orders.
_TERMS = "条件|要求|规矩|规则|门槛|限制|细则|明细|协议|合同|总价|全款|全价|尾款|后(?:面|续)的?(?:钱|费用|款)|(?:满|凑|买)(?:多少|几件?|不满)|(?:要|得|还)?(?:补|加|交|掏|花)(?:多少|几个?钱|不补)|怎么(?:用券|抵扣?|减|返|算|领|扣|退|拿)|有(?:没有|啥|什么)(?:条件|要求|门槛|限制)|收不收(?:费|钱)|附加|运费(?:多少|怎么)"
_LATER = "(?:先|就|都|暂时)?(?:别|甭|莫|不(?:用|必|要|着急)?)(?:问|管|看|纠结|操心|研究|打听|急)|回头|到店|到时候?|等(?:下|会)|客服|顾问|拍(?:完|了|下)|付(?:完|了款?)|交(?:完|了钱)|下(?:完)?单(?:后|了|以后|完)|私信|后台|老师|签(?:的|完)[^,。!?]{0,3}"
_PUT_OFF = Sought(
    re.compile(
        f"(?:{_TERMS})[^。!?]{{0,8}}?(?:{_LATER})[^,。!?]{{0,8}}|(?:{_LATER})[^,。!?]{{0,8}}?(?:再)?[^,。!?]{{0,6}}(?:{_TERMS})"
    )
)
_TOLD_THERE = re.compile("说|讲|告诉|教|问|管|看|研究|操心|纠结|打听|谈|聊|知道|晓得|发")
_ORDER_FIRST = re.compile(
    "(?:先|赶紧|只管|尽管|闭眼|快|直接|你就?|都)[^,。!?]{0,3}(?:拍|付|交|下单|冲|占|锁|抢|上车|定|买|签|扫)|拍(?:完|了|下)|付(?:完|了)|交(?:完|了)|下(?:完)?单(?:后|了|以后|完)"
)
#: A cost, and that its sum is told on the spot, when nobody can go back.
_COST = "费|滤芯|配件|人工|辅料|药|工钱|加价|差价|耗材|材料|附加|押金|尾款|税|另外|另收|另算|储值|加长管|支架|高空|多少"
_ON_THE_SPOT = Sought(
    re.compile(
        f"(?:{_THEN})[^,。!?]{{0,6}}?(?:再|会|才)?(?:给|跟|和|向)?(?:你们?|您|大家)?(?:讲|说|告诉|谈|报(?!名|数)|(?:算|(?<![签不免])收(?![到货])|结)(?![^,。!?]{{0,3}}(?:面积|尺寸|数量|重量|斤)))"
    )
)
_COSTS = re.compile(f"[^,。!?]{{0,8}}(?:{_COST})")
#: “安装费八十”: it is told.
_SUMMED = re.compile(
    f"费(?:用)?[^,。!?]{{0,3}}{_SUM}|{_SUM}[^,。!?]{{0,3}}(?:的)?[^,。!?]{{0,3}}费"
)
_NO_COST = re.compile(
    "不(?:另|再)?(?:收|用(?:再)?(?:付|给|出|交)|要钱)|是免费|免(?:收|安装费)|全包了?|没有(?:任何)?(?:其他|额外|别的)?费"
)
#: It slips out after the price.
_SLIPS = Sought(
    re.compile(
        f"(?:{_MONEY}|券|免费|半价|减)[^。!?]{{0,14}}?,?(?:呃|哦|噢|诶|欸|哎呀?|对了|嘿嘿|嘘|悄悄)[^。!?]{{0,16}}?(?:才(?:有|能|给|行|是|算|享)|用不了|不能用|不(?:退|算|含|包(?!邮)|减|抵)|(?:得|要|必须|还要)[^,。!?]{{0,6}}(?:{_ACT})|会员|下次|定金|押金|另外?(?:算|收|付)|首单|新人)"
    )
)
#: What had better not be said.
_BURDEN = "运费|邮费|会员(?:价)?|定金|尾款|押金|安装费|上门费|服务费|手续费|门槛|条件|限制|自动续费|续费|起拍|不包邮|旧机|加钱|补差|附加费|满减条件|只限[^,。!?]{1,4}|首单"
_QUIET = Sought(
    re.compile(
        f"(?:{_BURDEN})(?:的)?(?:事儿?|这块|那块|这个|那个|这茬)?[^,。!?]{{0,3}}(?:先|就|都)?(?:别|不要|甭|先不|莫)(?:在公屏|在这|往外|主动)?(?:说|提|讲|写|标|强调|念|打|贴)(?!前)"
        f"|(?:先|就|都)?(?:别|不要|甭|先不|莫)(?:在公屏|在这|往外|主动)?(?:跟|和|给)?(?:他们?|大家|她们|人家)?(?:说|提|讲|写|标|强调|念)(?:什么|要|得|有|是)?(?:开|交|付|收|有)?(?:{_BURDEN})"
        f"|(?:{_BURDEN}|条件)[^,。!?]{{0,6}}(?:藏|写|放|塞|埋|缩|搁)(?:在|到)[^,。!?]{{0,8}}(?:最后|最下|底下|底部|角落|里面|小字|第[二三四五]页|没人看|看不(?:到|见))"
    )
)
#: It gets better for it, not worse.
_FAVOURS = re.compile(
    r"(?:再|还|另外?|额外|多)(?:给)?(?:减|送|便宜|打折|返|优惠|赠|省|退|少|领)(?!完)|也?(?:都)?包邮|折上折|叠加|更(?:便宜|划算|低)|(?:打|享)[\d一二三四五六七八九]{1,12}折|翻倍|免(?:掉|了)"
)
#: What is done with the goods.
_HANDLING = re.compile(
    "先(?:用|拿|过)?[^,。!?]{0,3}?(?:洗|泡|煮|晾|擦|烧|蒸|开锅|预热|充电|充满|试|摇|剪|拆|冲(?!单)|热|化冻|解冻|醒|放)"
)
#: Told in time, or somebody else's: nothing that is hidden.
_OPEN = re.compile(
    "报价的时候就|一开始就|开播我就|一开始就写|写在标题|听全了?再|新号才有|先说清|我没(?:说过|提成)|跟我(?:们)?(?:店)?没关系|是平台(?:的|活动|自己)|协议第|听清再|自己点一下|违规的|(?:先|提前|事先)(?:跟|和|给|向)?(?:大家|你们?|各位)?(?:都)?(?:说|讲|打招呼|提醒|声明)(?!晚|迟)|(?:拍|买|下单|下定)之?前[^,。!?]{0,6}(?:说|讲|提醒|声明)|听(?:好|清楚?|明白)了?再|看(?:好|清楚?)了?再(?:拍|买|下)|别(?:买错|拍错|领错)|(?:别|不要)(?:信|上当|被骗)|别家|人家|套路"
)
_BESIDE = 36


class Late(NamedTuple):
    """A condition that is told late; half-open offsets of the two slots."""

    says: str
    first: tuple[int, int]
    second: tuple[int, int]


def may_be_late(text: str) -> bool:
    """Is it worth looking?"""
    return (
        (_UNTOLD.may_match(text) and _BOUND.may_match(text))
        or (_MORE.may_match(text) and _WHY.may_match(text))
        or (_ONLY.may_match(text) and _ON_TOP.may_match(text))
        or _THERE.may_match(text)
        or _INSIDE.may_match(text)
        or (_LEARNT.may_match(text) and _BOUND.may_match(text))
        or _PUT_OFF.may_match(text)
        or _ON_THE_SPOT.may_match(text)
        or _SLIPS.may_match(text)
        or _QUIET.may_match(text)
    )


def late_by_parts(text: str) -> Late | None:
    """What a text tells of a condition that came late.

    >>> late_by_parts("刚喊的那个三块九是要连签七天的,我前面没讲").says
    '自称价格条件事后才说明'
    >>> late_by_parts("忘了说,这件洗的时候要反过来洗") is None
    True
    """
    if _OPEN.search(text):
        return None
    quiet = _QUIET.search(text)
    if quiet is not None:
        return Late("说到不说、不标价格条件", quiet.span(), quiet.span())
    more, why = _MORE.search(text), None
    if more is not None:
        why = next((one for one in _WHY.finditer(text) if one.start() >= more.end() - 2), None)
    if (
        more is not None
        and why is not None
        and _gap(more.span(), why.span()) <= _BESIDE
        and not _SETTLED.search(text)
    ):
        return Late("说到所付价格与所报不同，另有条件", more.span(), why.span())
    put_off = _PUT_OFF.search(text)
    if put_off is not None and _TOLD_THERE.search(put_off.group()):
        first = _ORDER_FIRST.search(text)
        if first is not None:
            return Late("先让人下单，条件事后才说", put_off.span(), first.span())
    for told in () if _NO_COST.search(text) else _ON_THE_SPOT.finditer(text):
        cost = next(
            (
                one
                for one in _COSTS.finditer(text[: told.end() + 8])
                if _gap(one.span(), told.span()) <= 14
            ),
            None,
        )
        price = _PRICE.search(text[: told.start()]) or _FREE.search(text[: told.start()])
        summed = told.group()[-1] in "算收结" and _SUMMED.search(text) is not None
        if cost is not None and price is not None and not summed:
            return Late("说到另有费用，到场、下单以后才说", cost.span(), told.span())
    slips = _SLIPS.search(text)
    if slips is not None and binds(text, slips.start(), slips.end()):
        return Late("先报出价格，随后说出条件", slips.span(), slips.span())
    only = _ONLY.search(text)
    if only is not None:
        on_top = _ON_TOP.pattern.search(text, only.end() - 4)
        if on_top is not None and on_top.start() - only.end() <= 16:
            return Late(PRICE_BEFORE, only.span(), on_top.span())
    there = _THERE.search(text)
    if there is not None:
        shown = _ADVERTISED.search(text[: there.start()]) or _BAIT.search(text[: there.start()])
        if shown is not None and there.start() - shown.end() <= 16:
            return Late(PRICE_BEFORE, shown.span(), there.span())
    inside = _INSIDE.search(text)
    if inside is not None:
        return Late("说到点进链接才知道价格另有条件", inside.span(), inside.span())
    return _beside(_LEARNT, text, "说到下单以后才知道价格另有条件") or _beside(
        _UNTOLD, text, "自称价格条件事后才说明"
    )


def _beside(slot: Sought, text: str, says: str) -> Late | None:
    """A price that was told, what it hangs on, and that this came out late."""
    for late in slot.finditer(text):
        price = next(
            (one for one in _PRICE.finditer(text) if _gap(one.span(), late.span()) <= _BESIDE), None
        )
        if price is None:
            continue
        for bound in _BOUND.finditer(text):
            apart = bound.end() <= late.start() or bound.start() >= late.end()
            near = _gap(bound.span(), late.span()) <= _BESIDE
            if apart and near and binds(text, bound.start(), bound.end()):
                return Late(says, late.span(), bound.span())
    return None


def binds(text: str, start: int, end: int) -> bool:
    """Does a condition make a price harder to have? Some make it better, or tell how to use a thing.

    >>> text = "忘了说,会员再减五块"
    >>> binds(text, 4, 6)
    False
    """
    words = text[start : end + 6]
    if _HANDLING.search(words):
        return False
    return "不" in words or _FAVOURS.search(words) is None


def _gap(one: tuple[int, int], two: tuple[int, int]) -> int:
    return max(one[0] - two[1], two[0] - one[1], 0)
