"""International names of medicines, and their Chinese names: data for `named_drugs.py`.

In Latin, Cyrillic and Arabic letters a name sounds alike, so that the international one is enough.
Chinese names are no transliteration that a table of sounds could undo, and stand here. To add a
medicine, add its line. Names: the WHO's list of international nonproprietary names, and the Chinese
Pharmacopoeia's.
"""

from __future__ import annotations

from typing import Final

#: A line each: the international name, then its Chinese names.
_LINES: Final = """
abiraterone 阿比特龙
acetylsalicylic 阿司匹林 乙酰水杨酸
aciclovir 阿昔洛韦
adalimumab 阿达木单抗
afatinib 阿法替尼
alectinib 阿来替尼
allopurinol 别嘌醇
alprazolam 阿普唑仑
amiodarone 胺碘酮
amitriptyline 阿米替林
amlodipine 氨氯地平
amoxicillin 阿莫西林
anastrozole 阿那曲唑
apixaban 阿哌沙班
aripiprazole 阿立哌唑
atezolizumab 阿替利珠单抗
atorvastatin 阿托伐他汀
axitinib 阿昔替尼
azathioprine 硫唑嘌呤
azithromycin 阿奇霉素
baclofen 巴氯芬
bendamustine 苯达莫司汀
bevacizumab 贝伐珠单抗 贝伐单抗
bicalutamide 比卡鲁胺
bisoprolol 比索洛尔
bleomycin 博来霉素
bortezomib 硼替佐米
budesonide 布地奈德
cabergoline 卡麦角林
cabozantinib 卡博替尼
calcitriol 骨化三醇
candesartan 坎地沙坦
capecitabine 卡培他滨
captopril 卡托普利
carbamazepine 卡马西平
carboplatin 卡铂
carvedilol 卡维地洛
cefepime 头孢吡肟
ceftriaxone 头孢曲松
celecoxib 塞来昔布
cetirizine 西替利嗪
cetuximab 西妥昔单抗
chlorambucil 苯丁酸氮芥
ciprofloxacin 环丙沙星
cisplatin 顺铂
citalopram 西酞普兰
clarithromycin 克拉霉素
clonazepam 氯硝西泮
clopidogrel 氯吡格雷
clozapine 氯氮平
colchicine 秋水仙碱
crizotinib 克唑替尼
cyclophosphamide 环磷酰胺
cyclosporin 环孢素
cytarabine 阿糖胞苷
dabigatran 达比加群
dabrafenib 达拉非尼
dacarbazine 达卡巴嗪
dapagliflozin 达格列净
dasatinib 达沙替尼
daunorubicin 柔红霉素
denosumab 地舒单抗 地诺单抗
dexamethasone 地塞米松
diazepam 地西泮
diclofenac 双氯芬酸
digoxin 地高辛
diltiazem 地尔硫卓
docetaxel 多西他赛 多西紫杉醇
donepezil 多奈哌齐
doxorubicin 多柔比星 阿霉素
doxycycline 多西环素
duloxetine 度洛西汀
durvalumab 度伐利尤单抗
empagliflozin 恩格列净
enalapril 依那普利
enoxaparin 依诺肝素
entecavir 恩替卡韦
enzalutamide 恩扎卢胺
epirubicin 表柔比星
epoetin 促红素
eribulin 艾立布林
erlotinib 厄洛替尼
escitalopram 艾司西酞普兰
esomeprazole 艾司奥美拉唑 埃索美拉唑
etoposide 依托泊苷
everolimus 依维莫司
exemestane 依西美坦
ezetimibe 依折麦布
fentanyl 芬太尼
filgrastim 非格司亭
fluconazole 氟康唑
fludarabine 氟达拉滨
fluorouracil 氟尿嘧啶
fluoxetine 氟西汀
folinate 亚叶酸
fulvestrant 氟维司群
furosemide 呋塞米 速尿
gabapentin 加巴喷丁
gefitinib 吉非替尼
gemcitabine 吉西他滨
glibenclamide 格列本脲
gliclazide 格列齐特
glimepiride 格列美脲
goserelin 戈舍瑞林
haloperidol 氟哌啶醇
heparin 肝素
hydrochlorothiazide 氢氯噻嗪
hydrocortisone 氢化可的松
hydroxychloroquine 羟氯喹
ibrutinib 伊布替尼
ibuprofen 布洛芬
idarubicin 伊达比星
ifosfamide 异环磷酰胺
imatinib 伊马替尼
indapamide 吲达帕胺
infliximab 英夫利昔单抗
insulin 胰岛素
ipilimumab 伊匹木单抗
irinotecan 伊立替康
ivabradine 伊伐布雷定
ketorolac 酮咯酸
lamotrigine 拉莫三嗪
lansoprazole 兰索拉唑
lapatinib 拉帕替尼
lenalidomide 来那度胺
lenvatinib 仑伐替尼
letrozole 来曲唑
leuprorelin 亮丙瑞林
levetiracetam 左乙拉西坦
levodopa 左旋多巴
levofloxacin 左氧氟沙星
levothyroxine 左甲状腺素
linagliptin 利格列汀
liraglutide 利拉鲁肽
lisinopril 赖诺普利
loratadine 氯雷他定
lorazepam 劳拉西泮
losartan 氯沙坦
mannitol 甘露醇
melphalan 美法仑
memantine 美金刚
meropenem 美罗培南
mesalazine 美沙拉嗪
metformin 二甲双胍
methotrexate 甲氨蝶呤
methylprednisolone 甲泼尼龙 甲基强的松龙
metoclopramide 甲氧氯普胺
metoprolol 美托洛尔
metronidazole 甲硝唑
mitoxantrone 米托蒽醌
morphine 吗啡
mycophenolate 吗替麦考酚酯 霉酚酸酯
naproxen 萘普生
nebivolol 奈必洛尔
nifedipine 硝苯地平
nilotinib 尼洛替尼
nimodipine 尼莫地平
nivolumab 纳武利尤单抗 纳武单抗
octreotide 奥曲肽
olanzapine 奥氮平
olaparib 奥拉帕利
omeprazole 奥美拉唑
ondansetron 昂丹司琼
osimertinib 奥希替尼
oxaliplatin 奥沙利铂
oxcarbazepine 奥卡西平
oxycodone 羟考酮
paclitaxel 紫杉醇
palbociclib 哌柏西利
pamidronate 帕米膦酸
panitumumab 帕尼单抗
pantoprazole 泮托拉唑
paracetamol 对乙酰氨基酚
paroxetine 帕罗西汀
pazopanib 培唑帕尼
pembrolizumab 帕博利珠单抗 派姆单抗
pemetrexed 培美曲塞
perindopril 培哚普利
pertuzumab 帕妥珠单抗
phenobarbital 苯巴比妥
phenytoin 苯妥英
pioglitazone 吡格列酮
prednisolone 泼尼松龙 强的松龙
prednisone 泼尼松 强的松
pregabalin 普瑞巴林
propranolol 普萘洛尔
quetiapine 喹硫平
ramipril 雷米普利
ramucirumab 雷莫西尤单抗
ranitidine 雷尼替丁
regorafenib 瑞戈非尼
ribociclib 瑞波西利
risperidone 利培酮
rituximab 利妥昔单抗
rivaroxaban 利伐沙班
rosuvastatin 瑞舒伐他汀
ruxolitinib 芦可替尼
salbutamol 沙丁胺醇
sertraline 舍曲林
simvastatin 辛伐他汀
sitagliptin 西格列汀
sofosbuvir 索磷布韦
sorafenib 索拉非尼
sotalol 索他洛尔
spironolactone 螺内酯
sulfasalazine 柳氮磺吡啶
sunitinib 舒尼替尼
tacrolimus 他克莫司
tamoxifen 他莫昔芬
tamsulosin 坦索罗辛
telmisartan 替米沙坦
temozolomide 替莫唑胺
tenofovir 替诺福韦
thalidomide 沙利度胺
ticagrelor 替格瑞洛
tocilizumab 托珠单抗
topiramate 托吡酯
topotecan 拓扑替康
torasemide 托拉塞米
tramadol 曲马多
trametinib 曲美替尼
trastuzumab 曲妥珠单抗
ursodeoxycholic 熊去氧胆酸
valproate 丙戊酸
valsartan 缬沙坦
vancomycin 万古霉素
vandetanib 凡德他尼
vemurafenib 维莫非尼
venetoclax 维奈克拉
venlafaxine 文拉法辛
verapamil 维拉帕米
vinblastine 长春碱 长春花碱
vincristine 长春新碱
vinorelbine 长春瑞滨
voriconazole 伏立康唑
warfarin 华法林
zoledronic 唑来膦酸
"""

#: Each international name, with its Chinese names.
DRUGS: Final[dict[str, tuple[str, ...]]] = {
    name: tuple(chinese)
    for name, *chinese in (line.split() for line in _LINES.strip().splitlines())
}

#: Names that do not sound like the international one.
OTHER_NAMES: Final[dict[str, str]] = {
    "aspirin": "acetylsalicylic", "аспирин": "acetylsalicylic", "أسبرين": "acetylsalicylic",
    "اسبرين": "acetylsalicylic", "ацетилсалициловая": "acetylsalicylic",
    "acetaminophen": "paracetamol", "ацетаминофен": "paracetamol", "أسيتامينوفين": "paracetamol",
    "albuterol": "salbutamol", "адреамицин": "doxorubicin", "adriamycin": "doxorubicin",
    "leucovorin": "folinate", "folinic": "folinate", "лейковорин": "folinate", "фолинат": "folinate",
    "лейковорином": "folinate", "valproic": "valproate", "вальпроевая": "valproate",
    "вальпроат": "valproate", "leuprolide": "leuprorelin", "ciclosporin": "cyclosporin",
    "циклоспорин": "cyclosporin", "levothyroxin": "levothyroxine", "тироксин": "levothyroxine",
    "thyroxine": "levothyroxine", "zoledronate": "zoledronic", "золедронат": "zoledronic",
    "золедроновая": "zoledronic", "золедроновой": "zoledronic", "urso": "ursodeoxycholic",
    "урсодезоксихолевая": "ursodeoxycholic", "ursodiol": "ursodeoxycholic", "инсулин": "insulin",
    "أنسولين": "insulin", "إنسولين": "insulin", "انسولين": "insulin", "гепарин": "heparin",
    "هيبارين": "heparin", "варфарин": "warfarin", "وارفارين": "warfarin", "морфин": "morphine",
    "مورفين": "morphine", "furosemid": "furosemide", "frusemide": "furosemide",
    "фторурацил": "fluorouracil", "5-fu": "fluorouracil",
    "5-фу": "fluorouracil", "фторурацила": "fluorouracil", "фторурацилом": "fluorouracil",
    "فلورويوراسيل": "fluorouracil", "гидроксихлорохин": "hydroxychloroquine",
}  # fmt: skip

#: Words with the consonants of a medicine that are none.
NO_DRUGS: Final = frozenset({"كولسترول", "كوليسترول", "كولستيرول", "кристалл", "кристаллы"})
