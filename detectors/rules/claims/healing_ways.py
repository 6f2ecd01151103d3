"""How healing is told and untold: what was used, what came of it, whom it was done without, who is sent to a doctor."""

from __future__ import annotations

from detectors.match import expression as re

__all__ = [
    "ABLE",
    "AFFECTS",
    "ANIMALS",
    "APPLIED",
    "BETTER",
    "BODILY",
    "BOTTLE",
    "CAME",
    "COUNTED",
    "DOSED",
    "EXPOSED",
    "FAILS",
    "FED",
    "FOR",
    "FROM_TO",
    "HEART",
    "IDLE",
    "KITCHEN",
    "LEFT_TO_DOCTORS",
    "LIKENED",
    "LIKE_ILL",
    "MEDICINE",
    "NATURAL",
    "NEEDLESS",
    "NO_FLAME",
    "OFFERED",
    "OFFERED_BEFORE",
    "ORGAN",
    "OTHERWISE",
    "REDUCED",
    "SENT_AWAY",
    "SPARED",
    "TAKEN",
    "TESTED",
    "THAN",
    "THINGS",
    "TO_DOCTOR",
    "UNOFFERED",
    "UNVISITED",
    "USED",
    "WORSE",
]

#: Nobody who used it had to go there.
UNVISITED = frozenset({"没进过医院", "没去过医院", "不用去医院", "不去医院"})
#: Taken or put on, just before: “姜茶喝下去，…”.
TAKEN = re.compile(
    "(?:喝|吃|贴|戴|穿|泡|敷|抹|擦|用|枕|灸|熏|含|垫|睡)(?:了|上|完|它|这个|这款|下去|[一两三四五六七八九十半\\d]{1,12}(?:天|晚|周|个月|年|盒|瓶|包|袋|碗|杯|次|支|勺)|到)[^。!?]{0,12}$"
)
#: A verb that fails: “治不了”.
FAILS = re.compile("不(?:了|好|掉|住|到|动|得)")
#: Told of others who were cheated or caught, of the news.
EXPOSED = re.compile(
    "曝光|冒充[^,。!?]{2,12}卖|监管部门通报|被?查处|查封|被查|被抓|被骗|骗了|上(?:过)?当|(?:工商|市监局?|警察|派出所)(?:都|就|已经)?(?:去|来|找|查|上门)|检出|"
    "最后(?:才)?发现|结果(?:发现|才知道)|就是(?:个)?普通(?:的)?(?:水|面粉|糖|饮料)|新闻(?:里|上|说|报)|辟谣|多提醒|骗老人|都是骗|是骗人"
)
#: Who is ill is told to go where they heal.
SENT_AWAY = re.compile(
    "(?:请|要|得|该|赶紧|先|还是|建议|尽快|立刻|马上)[^,。!?]{0,4}(?:去|找|看|上|到|挂)[^,。!?]{0,4}(?:医院|医生|大夫|门诊|诊所|[内外骨皮儿妇]科)|就医|就诊"
)
#: What is done about it is left to those who heal: “有结节的听医生安排复查”.
LEFT_TO_DOCTORS = re.compile(
    "(?<!不用)(?<!不必)(?<!没)(?<!别)(?<!不)(?:请|要|得|该|先|就|赶紧)?(?:去|看|找|挂|问|听|归)(?!过|了)[^,。!?不没]{0,5}?(?:医院|医生|大夫|药师|牙医|门诊|诊所|[内外骨皮儿妇眼肤风湿化泌尿康复分经]科)(?![^,。!?]{0,4}(?:都|也|没|治不|看不|说没))|"
    "(?:药|医嘱)(?:要|得)?(?:照|按|听)[^,。!?]{0,3}医生|(?:照|按|听)[^,。!?]{0,3}医生(?:说|安排|开)|要做康复|散瞳|配镜|切了就好|控体重"
)
#: Metaphors of what one cannot help: “选择困难症”, “懒癌”.
LIKE_ILL = re.compile(
    "懒癌|个子矮小|小个子|急着打分|选择困难|困难症|衣橱综合|没电焦虑|剁手|拖延症|强迫症|懒人"
)
#: Recipes as cooks have them too: they heal only where a body is spoken of.
KITCHEN = frozenset(
    {
        "祖传秘方",
        "祖传的方子",
        "祖传方子",
        "祖传配方",
        "秘方",
        "古方",
        "秘制",
        "家传",
        "祖传",
        "老方子",
        "土方",
        "民间方",
        "宫廷秘",
        "宫廷秘方",
    }
)
BODILY = re.compile(
    "调理|调养|滋补|进补|治|病|疼|痛|祛|除湿|湿气|胃|肝|肾|血(?!旺|肠|豆腐)|睡|失眠|咳|便秘|痰|寒|虚|毒|药|身体|体质|气色|炎|化石|结节|疗|养生|气血|男人|女人|更年|老人|有效|见效|率"
)
#: Needless, or outdone: “不用天天吃降糖药”, “比氯雷他定还快”.
NEEDLESS = re.compile(
    "(?:不用|不必|甭|用不着|不需要|无需|犯不着|再也不|可以不|省得)(?:再|天天|老|总|一直|去|每天|长期|大把|靠|继续){0,3}(?:吃|打|用|买|开|上|抹|擦|做|喷|贴)?(?:什么|啥|那些?|这些?|点)?$"
)
NATURAL = re.compile("(?:植物|天然|食物|水果|蔬菜|菜|粮食|草|花|茶)(?:里|中|界|版)?的?(?:天然)?$")
REDUCED = re.compile("我?(?:都|也|就|全|已经|慢慢)?(?:减了?(?:一半|半|量)|停了|扔了|丢了|断了)")
THAN = re.compile(
    "比(?:我|你|咱|人家|那个?|那些|什么|啥|任何|去|在){0,6}(?:吃|打|用|买|开|抹|擦|做|喷|贴)?(?:的|了|过)?(?:那个?|那些|什么|啥|任何|进口|一般){0,6}$"
)
BETTER = re.compile(
    "[^,。!?]{0,6}(?:还|更|要|都|见效)?(?:快|好|强|灵|管用|有效|安全|厉害|顶用|见效|猛|温和|彻底)"
)
#: What made it better was no goods: rest, water, a doctor.
OTHERWISE = re.compile(
    "(?:做|动)了?(?:个|一?台|大|小)?手术|活动(?:一下|活动)|锻炼|按摩一下|喝点?(?:热|温)?水|休息|睡一觉|歇|去了?医院|看了?医生|打了?针|吃了?药|输液|缓一缓|点个?赞|下单|关注"
)
#: Used, and something came of it: “喝两壶就尿出来了”.
USED = re.compile(
    "[来拿]一[瓶盒袋罐包]|喝|吃|枕|含|戴|贴|抹|泡|敷|垫|刷|涂|用(?!量)|照|睡|穿|嚼|服"
)
#: Goods that are taken or used, or are to be.
APPLIED = re.compile(
    "喝|吃|枕|含|戴|贴|抹|泡|敷|刷|涂|照|嚼|服|熏|坚持|茶|膏|丸|片|粉|胶囊|口服|仪|床垫|按摩|疗|能|可以|都|管|告别|拍|必备|福音|救星|克星|专"
)
#: Said for the sake of the sick, or of oneself.
SPARED = re.compile(
    "含糖|糖不低|少吃|少喝|少放|别拍|别买|别怪|别吃|别喝|控制饮食|我爸有|我妈有|我有|我的|所以我|先问|不高的|过敏原"
)
FROM_TO = re.compile(
    r"^[^。!?]{0,10}?(?:\d[\d.]{0,12}|[一二三四五六七八九十百零点]{2,12})[^。!?]{0,24}?(?:喝|吃|用|戴|泡|贴|坚持)[^。!?]{0,24}?(?:\d[\d.]{0,12}|[一二三四五六七八九十百零点]{2,12})(?!天|周|个|盒|瓶|块|袋|杯|罐|次)"
)
#: Fish tanks, pets and plants have rules of their own.
ANIMALS = re.compile(
    "(?:母|公|仔|小|种|生|养)猪|猪场|牛场|羊场|鸡场|养殖|(?:母|奶|种|小)牛|母羊|羊羔|幼崽|犬|鱼缸|鱼药|猫|狗|宠物|兽用|鸡苗|猪仔|作物|果树|叶子背面|喷叶|土壤"
)
#: About a visit to the doctor, or a hospital as a place.
IDLE = re.compile("刚|昨天|前两天|回来|明天|请假|排队|路过|陪|住院|护士|价格")
#: Parts of the body that stand among the diseases, for what is done to them.
ORGAN = re.compile(
    "卵巢|心脏|血管里|甲状腺|前列腺|淋巴|输卵管|内膜|子宫内膜|乳腺|软骨|膝关节|腰椎|肩周|坐骨|滑膜|半月板|扁桃体|角膜|眼底|骨髓|韧带|肌腱|脊柱|宫颈|幽门|腺样体|牙周|牙根|牙槽|支架|产后|更年期|血小板|白细胞|血亏|骨关节|髌骨|腱鞘"
)
#: Taken or put on, as a claim of an effect has it.
OFFERED = re.compile(
    "(?:都|就|要|得|必|必须|坚持|天天|每天|常|来|给他|给她|提前|可以|能|放心|的人?|患者|病人|人群|阿姨|大爷|姐妹|朋友)(?:喝|吃|服|贴|戴|穿|泡|敷|抹|擦|用)(?!饭|药|亏|瘪|不|完饭|货|到|惯)|(?:喝|吃|贴|戴|穿|泡|敷|抹|擦|用)(?:了|它|这个|这款|完|上)(?!饭|药|不|一口|几口)|专供|指定营养|专用|特供|特膳"
)
OFFERED_BEFORE = re.compile(
    "(?:喝|吃|贴|戴|穿|泡|敷|抹|擦|用|坐|睡)(?:了|它|这个|这款|完|着)[^。!?]{0,6}$"
)
UNOFFERED = re.compile(
    "不要|别|不能|不可|不建议|不适合|不宜|少|慎|忌|不是|没有|不敢|不好|怕|吗|么|听说|新闻|电视|小时候|以前|我奶奶|粉尘|花粉|说明书|药师|口罩|外套|快递|下播|停播|好了去|上学|上班"
)
CAME = re.compile(
    "越[喝吃用睡戴][^,。!?]{0,3}越|[^,。!?]{0,4}(?:少了|密了|轻了|稳了|不[^,。!?]{1,3}了)|(?:就|都|也|全|能|会|准|立马|马上|慢慢|直接|当天|第二天)[^,。!?]{0,8}?(?:了|掉|开|出来|下来|回来|过来|干净|除根|清爽|见轻|停|好|稳|消|退)"
)
WORSE = re.compile(
    "难受|不舒服|加重|严重|升高|更高|上火|拉肚|不好|多了|不行|不能|别|不要|贵|没货|没有了|到货|发货|拍|链接|下单|付款|问|知道|注意|看"
)
ABLE = re.compile("(?:能|可以|可|会|专|包|都|给你|来)$")
#: “对痔疮特别好”
FOR = re.compile("对(?:于|你的|老人的?|咱的?)?$")
#: Hot weather, and 消炎, which is a word of its own.
NO_FLAME = re.compile("炎(?=[热夏黄炎亚凉上帝])|(?<=[消抗炎])炎")
MEDICINE = re.compile("药(?!效|用)|糖浆|片剂")
#: A stent, and no stand for a telephone.
HEART = re.compile(
    "心|血管|冠脉|冠状|搭桥|医生|手术|支架(?:都|也)?不用|放(?:了|过)?[^,。!?]{0,2}支架"
)
#: What a feeding bottle is built against, by its form.
FED = frozenset({"胀气", "肠胀气", "呛奶", "吐奶", "溢奶"})
#: “一盒下来三十包”: what stands before a 下来 that adds up and lets nothing go down.
COUNTED = re.compile(
    r"[一二两三四五六七八九十几半每\d](?:大|小)?[盒包瓶袋套罐箱桶支件单斤趟圈轮场](?:这么|算)?$"
)
BOTTLE = re.compile("奶瓶|奶嘴|瓶身|流速|排气(?:阀|孔)")
#: Food and habits that stand in a medicine's way.
AFFECTS = re.compile("(?:影响|降低|减弱|妨碍|破坏|干扰|抵消|改变)(?:了|到|你的)?$")
#: Who is ill is sent to those who heal.
TO_DOCTOR = re.compile(
    "(?:要|得|都|也)?(?:花|掏|凑|借)[^,。!?]{0,3}钱|[,的]?(?:的话|就|还是|请|得|要|该|赶紧|你|您|大家|那){0,6}(?:去|找|上|看|到)(?:正规)?(?:医院|医生|大夫|门诊)"
)
#: What is cured is a house or a field.
THINGS = re.compile(
    "(?:[^,。!?]{0,3})(?:漏|虫害|害虫|杂草|异味|反味|返味|臭味|堵|噪音|返潮|[^,。!?]{0,2}[虫螟蛾螨蝇蚧]|灰霉|白粉病|枯萎病|作物|果树|庄稼|开心|馋|挑食|懒|不服|无聊|纠结|丧|emo|霉|锈|鼠|蟑|蚂|甲醛)"
)
LIKENED = re.compile(
    "天然的?|植物的?|就是|等于|相当于|堪比|比|顶|当|代替|替代|赛过|胜过|胜似|不用吃|不吃"
)
#: What is done about ailments by those who may: they are looked for, insured, talked about.
TESTED = re.compile(
    "检查|体检|筛查|检测|化验|保险|理赔|科普|讲座|门诊|挂号|医生|大夫|病史|患者(?:不|慎|禁)|人群(?:不|慎|禁)|不宜|禁忌|慎用|不要|别买|不能|不建议|咨询|问(?:一)?下|电影|小说|剧"
)
#: So much of it, so often: a dose.
DOSED = re.compile(
    "(?:每天|天天|早上|早晨|晚上|空腹|睡前|饭前|饭后|早晚|一天|一日)[^,。!?]{0,6}(?:来|喝|吃|服|冲|泡|含|嚼|抹|贴)(?:上|个)?[一两半三12](?:小)?(?:勺|袋|包|杯|粒|颗|片|口|碗|瓶|支|贴|丸)"
)
