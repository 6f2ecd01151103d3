"""Goods that may hardly be advertised, and the recruiting of people."""
# fmt: off

from __future__ import annotations

from sheet import Sheet, card, gap, host, room, viewer, viewers

# --- restricted-goods-ad --------------------------------------------------------------------

r = Sheet("restricted-goods-ad")
_WINE = card(title="浓香型白酒 52度 6瓶", category="alcohol", price=39900)
r.yes("cigarettes", "cigarettes explained", card(title="香烟 一条", category="tobacco", price=45000), host(60, "这个烟口感醇和，拿货价给家人们"))
r.yes("cigar", "cigars on a card", card(title="手卷雪茄 25支", category="tobacco", price=88000), host(60, "雪茄二十五支一盒"))
r.yes("pods", "pods of an electronic cigarette", card(title="电子烟烟弹 水果味", category="tobacco", price=9900), host(60, "水果味的，抽起来很顺"))
r.yes("drinks", "the host drinks before the camera", _WINE, host(60, "来，我先干一杯给大家看看"), host(66, "（喝）真顺，一口闷都不辣喉咙"))
r.yes("urges", "urged to drink, and much", card(title="啤酒 24听", category="alcohol"), host(60, "是兄弟就喝，不醉不归，今晚一人一箱喝起来"))
r.yes("stress", "drinking against stress", card(title="红酒 6支", category="alcohol"), host(60, "下班压力大喝两杯，什么焦虑都没了，一觉到天亮"))
r.yes("strength", "drinking gives strength", card(title="鹿血酒 500ml", category="alcohol"), host(60, "喝了浑身有劲，干活不累，增强体力"))
r.yes("drive", "wine and the car", card(title="果酒 330ml", category="alcohol"), host(60, "度数低，开车路上来一瓶解解渴，喝着开着都没事"))
r.yes("assistant-toast", "host and assistant drink to each other", _WINE, host(60, "来来来走一个"), host(64, "干杯，我先干为敬，家人们也端起来", speaker="assistant"))
r.yes("replaces-milk", "infant formula instead of mother's milk", card(title="婴儿配方奶粉 1段", category="infant_food"), host(60, "完全可以代替母乳，母乳不够的直接换这个"))
r.yes("better-than-milk", "better than mother's milk", card(title="婴儿配方奶粉 1段", category="infant_food"), host(60, "营养比母乳还好，吃了这个不用喂母乳"))
r.yes("near-milk", "as good as mother's milk, the card says", card(title="婴儿奶粉 媲美母乳 母乳替代", category="infant_food"), host(60, "一段零到六个月"))
r.yes("from-birth", "from the first day, in place of nursing", card(title="水解奶粉 1段", category="infant_food"), viewer(40, "母乳少怎么办", "q"), host(60, "从出生第一口就能喝，替代一部分母乳没问题"))
r.yes("challenge", "a drinking contest", card(title="高粱酒 5斤", category="alcohol"), host(60, "三十秒吹一瓶挑战，谁敢来，喝趴下算我的"), host(90, "一瓶下肚，爽"))

r.no("plain", "a spirit described soberly", _WINE, host(60, "浓香型，五十二度，六瓶一箱，送礼有面子"))
r.no("warning", "the warnings that belong to it", _WINE, host(60, "未成年人请勿饮酒，理性饮酒，开车不喝酒"))
r.no("kitchen-wine", "cooking wine is a seasoning", card(title="料酒 500ml", category="food"), host(60, "炖肉放两勺，去腥增香"))
r.no("tea", "tea is drunk before the camera", card(title="陈皮白茶", category="food"), host(60, "来，喝一口，回甘，干一杯"))
r.no("breast-best", "mother's milk is best, the host says", card(title="较大婴儿配方奶粉 2段", category="infant_food"), host(60, "母乳是宝宝最好的食物，六个月以后按需添加"))
r.no("cereal", "weaning food from six months", card(title="高铁米粉", category="infant_food"), host(60, "六个月以上添加辅食用的，不能代替母乳"))
r.no("ashtray", "an ashtray is no tobacco", card(title="陶瓷烟灰缸", category="home"), host(60, "烟灰缸也可以当摆件"))
r.no("class-unknown", "what is in the bottle is unknown", card(title="青梅汁 500ml"), host(60, "酸酸甜甜，喝一口解腻"))
r.no("viewer", "viewers drink to the host", _WINE, viewers(40, 20, "干杯", "走一个", "不醉不归"), host(120, "箱子里带手提袋"))
r.no("wipes", "alcohol wipes", card(title="75%酒精消毒棉片", category="medical_device"), host(60, "一次一片，擦手机擦手"))
r.no("glasses", "glasses for wine", card(title="水晶红酒杯 6只", category="home"), host(60, "杯壁薄，聚会干杯很有气氛"))
r.no("quit", "advice to stop smoking", card(title="薄荷糖", category="food"), host(60, "少抽烟少喝酒，嘴巴闲了吃颗糖"))
r.no("denied-milk", "asked and denied", card(title="婴儿配方奶粉 1段", category="infant_food"), host(60, "有人问能不能代替母乳"), host(63, "不能，母乳喂养是首选，奶粉是不得已的时候用"))
r.no("denied-stress", "drinking solves nothing", _WINE, host(60, "心情不好别喝酒，喝酒解决不了压力，身体要紧"))
r.no("story", "how it is made", _WINE, host(60, "纯粮固态发酵，窖池三十年，香味是自然来的"), gap(100, 160))
r.no("toddler-milk", "milk for adults", card(title="中老年奶粉", category="food"), host(60, "早晚一杯，冲泡方便"))

# --- pyramid-recruit ------------------------------------------------------------------------

r = Sheet("pyramid-recruit")
r.yes("fee-and-heads", "a fee to enter and a reward by heads", host(60, "交三千九百八的加盟费就是我们的代理"), host(200, "每拉一个人进来奖励八百，拉得越多拿得越多"))
r.yes("goods-and-levels", "goods to be taken first, income by level", host(60, "先拿一万块的货做门槛"), host(260, "往下三级都算你的业绩，一级百分之二十，二级百分之十，三级百分之五"))
r.yes("team-bonus", "a bonus on the team and a promise by the day", host(60, "发展五个下线你就是团长，整个团队的流水都给你提成"), host(120, "躺着日入两千不是梦，保底一天五百"))
r.yes("static-dynamic", "static and dynamic income after a deposit", host(60, "静态收益每天百分之一自动到账，动态收益看你推荐的人数"), host(300, "入门费一单两千，单数不限"))
r.yes("one-breath", "all in one breath", host(60, "交会员费三百六成为会员，再拉两个会员就回本，下面的人再拉人你还有钱拿，团队奖见点奖"))
r.yes("upgrade", "rising by members", host(60, "买一套一千二百八的产品就有推广资格"), host(400, "直推三个升主任，主任的下级再推人你吃级差"))
r.yes("assistant", "the assistant recruits", host(60, "怎么加入", speaker="guest"), host(66, "交两千九百八入会，推荐一个人进来返五百", speaker="assistant"), host(120, "你的下级再发展下级，两层三层都有你的提成", speaker="assistant"))
r.yes("chat-too", "the host's account repeats it in the chat", viewer(60, "入会费998，直推奖400，团队奖10%", "zb", role="host"), viewer(200, "拉人头就有钱，下线的下线也算", "zb", role="host"))
r.yes("shares", "shares in a platform and heads", host(60, "认购原始股五千起步，就是我们的股东合伙人"), host(240, "推荐三个合伙人，每个返两成，他们再推荐你还有一成，永久享受下级分红"))
r.yes("health-club", "a club of elders", card(title="养生套餐", category="health_food"), host(60, "充值一万入会，成为健康大使"), host(420, "介绍老姐妹来，一个人头返一千，她再介绍你也有"))
r.yes("noise-between", "two marks eight minutes apart, much other talk in between", host(60, "门槛就是先进五千块的货"), *[host(100 + 40 * n, t) for n, t in enumerate(["这个洗发水泡沫很多", "味道是玫瑰的", "一瓶五百毫升"])], viewers(100, 30, "怎么做", "想加入", "多少钱"), host(540, "招到十个下级，团队流水的百分之八归你"), noise=True)
r.yes("quoted-yes", "asked whether one earns on others' recruits: yes", host(30, "入会费一千九百八"), viewer(60, "我拉的人再拉人我有钱吗", "q"), host(70, "有人问下面的人再拉人他有没有钱"), host(74, "有的，三层以内都给你提"))

r.no("one-mark", "an ordinary franchise fee alone", host(60, "加盟费三万八，包装修包培训，自己开店自己赚"))
r.no("two-speakers", "the two marks come from different people", host(60, "加盟费三万八"), host(120, "我以前被人骗去拉人头，后来退出来了", speaker="guest"))
r.no("too-far", "more than ten minutes apart", host(60, "加盟费三万八"), host(1500, "店里业绩好的团队有团队奖，发给店员"))
r.no("commission", "commission of one level, on sales", host(60, "分享链接给朋友，朋友买了你拿百分之五佣金，就一层，卖货才有"))
r.no("mcn", "an agency looks for hosts", host(60, "我们公司招主播，底薪五千加提成，不收任何费用"))
r.no("affiliate", "affiliates who sell", host(60, "达人可以在联盟里选我们的品，按成交给佣金，退货扣回"))
r.no("warning", "how to recognise it", host(60, "凡是先交入门费、再让你拉人头、说有静态动态收益的，都是传销，千万别碰"))
r.no("denied", "what the firm does not do", host(60, "我们不收会员费，也没有拉人头没有下线，就是正常开店卖货"))
r.no("viewer", "a viewer recruits", viewer(60, "交980入会 拉一个人返300 下级的下级也有", "spam"), viewer(120, "日入过千 加我", "spam"), host(160, "别信评论区这些啊"))
r.no("old-for-new", "bring a friend, both get a coupon", host(60, "老带新，带一个新朋友进群，两个人各得十块券"))
r.no("members-card", "a supermarket's card", host(60, "会员费一年一百九十九，全年九五折，包邮"), host(200, "会员日双倍积分"))
r.no("wages", "a factory looks for workers", host(60, "厂里招工，日入三百，包吃住，介绍老乡来的奖励两百，干满一个月发"))
r.no("gap", "what was said after the fee was not heard", host(60, "代理门槛是先拿五千的货"), gap(90, 800), host(820, "好，我们看下一个品"))
r.no("quoted-no", "asked and denied", host(60, "有人问是不是要交钱入会再拉人"), host(64, "不是，不交钱，也不用拉人，卖多少拿多少提成"))
r.no("group-buying", "a leader of group buying", host(60, "社区团长按卖出去的货拿提成，没有门槛费"), room(300, host_kind="seller"))
