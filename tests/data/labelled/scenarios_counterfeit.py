"""Hints of counterfeits: the trade's slang, a price too low for the brand, buyers' reports."""
# fmt: off

from __future__ import annotations

from sheet import Sheet, card, gap, host, price, viewer, viewers

r = Sheet("counterfeit-hint")
r.yes("slang-brand-price", "high imitation of a brand at a tenth of its reference price", card(title="运动鞋 男 复刻", brand="耐克", category="clothing", price=19900, reference_price=129900, reference_label="专柜价"),
      price(20, 19900, ref=129900, label="专柜价"), host(60, "耐克的高仿，一比一复刻的，跟专柜一模一样"), level="lead", subject="A")
r.yes("a-goods", "A货 of a luxury brand, price far below", card(title="老花手提包", brand="LV", category="clothing"), price(10, 39900, ref=1580000, label="专柜价"), host(60, "这个是LV的A货，顶级A货，带出去没人看得出来"), level="lead")
r.yes("title-price", "slang in the title, brand and price on the card", card(title="阿迪达斯 原单尾货 运动套装", brand="阿迪达斯", category="clothing", price=12900, reference_price=89900, reference_label="吊牌价"), host(60, "套装一整套"), level="lead", subject="A")
r.yes("clipped-label", "clipped labels, no price seen", card(title="羽绒服 女", category="clothing"), host(60, "大牌剪标的，标剪掉了懂的都懂，跟某鹅一个厂出来的"), level="watch")
r.yes("bare-label", "“bare label” goods of an unnamed brand", card(title="墨镜", category="other", price=9900), host(60, "裸标货，自己回去贴标，大牌的版"), level="watch")
r.yes("same-factory", "“same factory as the big brand”, by the assistant", card(title="口红 礼盒", category="cosmetics"), host(60, "这个什么来头"), host(66, "大牌同厂，原单的，只是没打logo", speaker="assistant"), level="watch")
r.yes("copy-pattern", "“跟版” of a named house at an ordinary price", card(title="小香风外套", category="clothing", price=25900), host(60, "跟版香奈儿的，香家原版一比一跟版，面料都是打版打出来的"))
r.yes("buyers", "four buyers call what they got a fake", card(title="球鞋", brand="乔丹", category="clothing"), viewer(60, "鉴定了是假货", "b1"), viewer(300, "我收到的也是高仿 走线都歪的", "b2"), viewer(600, "得物鉴定为假，假鞋", "b3"), viewer(900, "假的 退货不给退", "b4"))
r.yes("buyers-slow", "three buyers in two hours, with a break between", card(title="香水 100ml", brand="祖玛珑", category="cosmetics"), viewer(60, "香水是假的 味道半小时就没了", "k1"), gap(900, 1500), viewer(3000, "柜姐说我这瓶是假货", "k2"), viewer(6600, "扫码查不到 假货 已举报", "k3"), noise=True)
r.yes("spelled", "slang spelled with a homophone and spaces", card(title="手表 机械", brand="浪琴", category="jewellery", price=29900, reference_price=1390000, reference_label="公价"), host(60, "浪琴 高 仿 表，高防的机芯，复刻厂出的"))
r.yes("quoted-yes", "a viewer's word, read out and confirmed", card(title="球鞋", category="clothing"), viewer(40, "是莆田货吗", "q"), host(45, "有人问是不是莆田的高仿"), host(49, "对，莆田纯原，高仿里面最好的"))
r.yes("in-code", "letters instead of the brand, price by the piece", card(title="G家 腰带 高仿", category="clothing", price=8900), host(60, "G家的，古驰懂吧，超A级别的"), level="watch")
r.yes("tail-stock", "tail stock of a named brand far below its price", card(title="始祖鸟 冲锋衣 尾单", brand="始祖鸟", category="clothing", price=39900), price(5, 39900, ref=600000, label="官方价"), host(60, "工厂尾单，始祖鸟代工厂流出来的"), level="lead")
r.yes("host-chat", "the host writes it into the chat", card(title="耳机", brand="苹果", category="electronics", price=19900, reference_price=189900, reference_label="官网价"), viewer(60, "要高仿airpods的扣1，华强北原单", "host1", role="host"))

r.no("denied", "the host sells none", card(title="运动鞋", brand="耐克", category="clothing", price=59900), host(60, "我们不卖高仿不卖A货，都是专柜同步的，有授权书"))
r.no("warning", "advice against imitations", card(title="运动鞋", category="clothing"), host(60, "大家小心网上那些高仿鞋、莆田货，价格低得离谱的别买"))
r.no("artificial-flower", "高仿真 is lifelike, of flowers", card(title="高仿真 绿萝 仿真花", category="home", price=2990), host(60, "高仿真的绿植，不用浇水"))
r.no("order-number", "原单号 is an order number", card(title="T恤", category="clothing"), host(60, "要换货的把原单号发给客服，按原单退回"))
r.no("jade-grade", "A货 of jade means untreated", card(title="天然翡翠A货 平安扣", category="jewellery", attrs={"材质": "翡翠（A货）", "证书": "NGTC"}), host(60, "天然A货翡翠，带国检证书"))
r.no("viewer-only", "two viewers use the word", card(title="球鞋", brand="耐克", category="clothing"), viewer(60, "这不就是高仿吗", "x"), viewer(90, "A货吧", "y"))
r.no("cheap-brand", "a brand far below its reference, without any slang", card(title="耐克 运动袜 3双", brand="耐克", category="clothing", price=2900, reference_price=12900, reference_label="吊牌价"), host(60, "品牌授权的，断码清仓"))
r.no("own-brand", "the shop's own brand, cheap", card(title="素色卫衣", brand="衣禾", category="clothing", price=3990, reference_price=19900, reference_label="吊牌价"), host(60, "我们自己的牌子自己的工厂"))
r.no("quoted-no", "a viewer's word, read out and denied", card(title="球鞋", category="clothing"), viewer(40, "是不是高仿啊", "q"), host(45, "有人问是不是高仿"), host(48, "不是啊，专柜正品，支持鉴定，假一赔十"))
r.no("one-voice", "one account, five times", card(title="球鞋", brand="乔丹", category="clothing"), *[viewer(60 + 60 * n, t, "b1") for n, t in enumerate(["假货", "假的 高仿", "我收到假鞋", "假货假货", "鉴定为假"])])
r.no("two-buyers", "two reports", card(title="香水", brand="祖玛珑", category="cosmetics"), viewer(60, "收到的是假货", "k1"), viewer(500, "我的也是假的", "k2"))
r.no("questions", "viewers ask", card(title="香水", brand="祖玛珑", category="cosmetics"), viewers(50, 50, "是正品吗", "会不会是假货", "不是假的吧", "高仿还是正品", "真的假的呀"))
r.no("idiom", "真的假的 and fake lashes", card(title="假睫毛", category="cosmetics"), viewers(40, 40, "真的假的这么便宜", "假睫毛好自然", "假的睫毛胶水好粘", "真的假的"), host(60, "假睫毛一盒五对"))
r.no("last-order", "尾单 as the last order before the end", card(title="毛巾", category="home"), host(60, "最后收尾单了，打完这几单就下播"))
r.no("tail-fabric", "原版 of a book", card(title="英文原版绘本", category="education"), host(60, "英文原版书，原版引进"))
r.no("fit", "版型 is a cut", card(title="西裤", category="clothing"), host(60, "我们自己打版的，版型很正，不跟风"))
r.no("game", "a model kit, 复刻 by licence", card(title="复古游戏机 官方授权复刻版", brand="任天堂", category="electronics", price=49900, reference_price=49900, reference_label="官方价"), host(60, "官方授权的复刻版，有防伪"))
r.no("happy-buyers", "buyers had theirs checked", card(title="球鞋", brand="乔丹", category="clothing"), viewers(60, 70, "鉴定过了是正品", "我的鉴定为真 不是假货", "真的 放心买", "没有假货 回购第三次"))
