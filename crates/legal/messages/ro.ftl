# Romanian: letters to persons.
#
# $thing is what the letter is about, as the subject of its sentence; $Thing is the same at the
# beginning of a sentence.

language = Română

## Measures. A named one says which label or message.

effect-remove = Am eliminat { $thing }.
effect-disable = Nu afișăm { $thing } în { $places }: { $list }.
effect-age_restrict = Numai adulții pot vedea { $thing }.
effect-limit = Nu mai recomandăm altor persoane { $thing }.
effect-restrict_interaction = Ceilalți utilizatori nu pot comenta, refolosi sau distribui { $thing }.
effect-label = Afișăm o etichetă lângă { $thing }.
effect-label-named = Afișăm o etichetă lângă { $thing }: „{ $label }”.
effect-prompt = Înainte de a deschide { $thing }, utilizatorii văd un mesaj.
effect-prompt-named = Înainte de a deschide { $thing }, utilizatorii văd un mesaj: „{ $label }”.
effect-demonetise = Nu puteți câștiga bani cu { $thing }.
effect-suspend_feature = Nu puteți folosi această funcție { $time }: { $feature }.
effect-terminate_account = Contul dumneavoastră este închis definitiv.
effect-suspend_account = Contul dumneavoastră este suspendat { $time }.

## Times and places

# The form goes by the last two digits, $rest: 1 to 19 are few (Unicode CLDR, plural rules of ro,
# which the library has for numbers below 100).
days = { $number ->
    [one] { $number } zi
   *[other] { $rest ->
        [0] { $number } de zile
        [one] { $number } zile
        [few] { $number } zile
       *[other] { $number } de zile
    }
}
for-days = timp de { $days }
indefinitely = pe perioadă nedeterminată
places = { $number ->
    [one] următoarea țară
   *[other] următoarele țări
}

## Statement of reasons (Art. 17 DSA)

decision-title = Decizia noastră și motivele ei
decided = Am luat următoarea decizie:
about = Este vorba despre { $thing }{ $title } (referința { $reference }).
titled = { " " }„{ $title }”
everywhere = Cele de mai sus se aplică oriunde este disponibil serviciul nostru.
elsewhere = Acolo unde nu sunt numite țări, cele de mai sus se aplică oriunde este disponibil serviciul nostru.
territory = Cele de mai sus se aplică în { $places }: { $list }.
lasting = Nu este prevăzută nicio dată de încetare.
ending = Măsura încetează de la sine la expirarea perioadei indicate mai sus.
partly-ending = Acolo unde este indicată o perioadă, măsura încetează de la sine la expirarea acesteia; pentru rest nu este prevăzută nicio dată de încetare.
replaces = Această decizie înlocuiește o decizie anterioară. Măsurile din decizia anterioară care nu sunt enumerate aici nu se mai aplică.
own-initiative = Am acționat din proprie inițiativă.
after-notice = Am acționat în urma unei sesizări (notificare în sensul articolului 16 din Regulamentul privind serviciile digitale). Nu comunicăm cine a trimis-o.
after-appeal = Am reexaminat situația în urma unei plângeri împotriva unei decizii anterioare.
rests-on = Decizia se bazează pe { $thing } și pe împrejurările utilizării sau distribuirii sale.
elements = Elemente hotărâtoare: { $list }.
found-by-machine = Situația a fost identificată prin mijloace automatizate.
found-by-others = Situația ne-a fost semnalată; nu a fost identificată prin mijloace automatizate.
found-by-both = Încălcările regulilor noastre sunt căutate atât prin mijloace automatizate, cât și de către persoane.
decided-by-machine = Decizia a fost luată prin mijloace automatizate, fără intervenția unei persoane.
decided-by-both = La luarea deciziei au contribuit mijloace automatizate; o persoană a participat și ea la decizie sau urmează să examineze situația.
decided-by-people = Decizia a fost luată de o persoană, nu prin mijloace automatizate.
policy = Temeiul acestei decizii este regula noastră „{ $title }”, care face parte din termenii și condițiile noastre.
policy-text = Textul ei este următorul: „{ $text }”
why = Faptele expuse mai sus sunt cele la care se referă această regulă; de aceea { $thing } intră sub incidența ei.
complaint = Dacă nu sunteți de acord, ne puteți adresa o plângere, pe cale electronică și gratuit, în termen de șase luni de la primirea acestei scrisori. Plângerile sunt soluționate de persoane, niciodată numai prin mijloace automatizate.
bodies = Vă puteți adresa unui organism de soluționare extrajudiciară a litigiilor, certificat în temeiul articolului 21 din Regulamentul (UE) 2022/2065 privind serviciile digitale. De asemenea, vă puteți adresa instanței de judecată.

## Information about an order (Art. 9(5) DSA)

order-title = Informare privind ordinul unei autorități
ordered = O autoritate administrativă sau judiciară ne-a adresat un ordin privind { $thing }. Legea ne obligă să executăm astfel de ordine. Iată ce am făcut:
because-ordered = Am acționat în temeiul acestui ordin, nu din proprie inițiativă.
order-policy = L-am încadrat la regula noastră „{ $title }”.
order-redress = Puteți contesta ordinul în fața autorităților sau a instanțelor statului din care provine, potrivit legislației acelui stat. Dacă sunteți de părere că am făcut mai mult decât cere ordinul, ne puteți semnala gratuit acest lucru. De asemenea, vă puteți adresa instanței de judecată.

## A decision was taken back

reversal-title = O decizie a fost retrasă
reversed = Am retras o decizie anterioară privind { $thing }. Restricțiile prevăzute de ea nu se mai aplică.
apology = Nu trebuie să faceți nimic. Ne cerem scuze pentru neplăcerile create.

## Receipt of a notice (Art. 16(4) DSA)

receipt-title = Am primit sesizarea dumneavoastră
received = Vă mulțumim. Am primit sesizarea dumneavoastră; numărul ei de referință este { $reference }.
what-follows = O vom examina cât mai curând posibil și vă vom comunica ce am decis și ce puteți face dacă nu sunteți de acord.
name-reference = Vă rugăm să indicați numărul de referință dacă ne scrieți în legătură cu sesizarea.

## Answer to a notice (Art. 16(5) DSA)

notice-title = Răspunsul nostru la sesizarea dumneavoastră
notice-examined = Am examinat sesizarea dumneavoastră, cu numărul de referință { $reference }.
notice-nothing = În urma examinării, { $thing } nu încalcă nici legea, nici regulile noastre. Nu se schimbă nimic.
account-measured = Am luat măsuri împotriva contului de la care provine conținutul semnalat de dumneavoastră.
reported-account-measured = Am luat măsuri împotriva contului semnalat de dumneavoastră.
notice-complaint = Dacă nu sunteți de acord, ne puteți adresa o plângere, pe cale electronică și gratuit, în termen de șase luni de la primirea acestui răspuns. Plângerile sunt soluționate de persoane, niciodată numai prin mijloace automatizate.

## Answer to a complaint (Art. 20(5) DSA)

answer-title = Răspunsul nostru la plângerea dumneavoastră
examined = Am examinat plângerea dumneavoastră împotriva deciziei noastre.
outcome-upheld = Decizia noastră se menține.
outcome-partly = Am modificat în parte decizia noastră.
outcome-reversed = Am retras decizia noastră.
reasons = Motivele noastre:
people-took-part = Plângerea dumneavoastră a fost examinată și soluționată de persoane, nu numai prin mijloace automatizate.

## What letters are about

thing-video = videoclipul dumneavoastră
thing-photo = fotografia dumneavoastră
thing-livestream = transmisiunea dumneavoastră în direct
thing-comment = comentariul dumneavoastră
thing-message = mesajul dumneavoastră
thing-post = postarea dumneavoastră
thing-profile = profilul dumneavoastră
thing-ad = reclama dumneavoastră
thing-content = conținutul dumneavoastră
thing-account = contul dumneavoastră
thing-reported-content = conținutul pe care l-ați semnalat
thing-reported-account = contul pe care l-ați semnalat

## Where something was found

element-content-title = titlu
element-content-text = text
element-content-transcript = cuvinte rostite
element-content-hashtags = hashtaguri
element-content-links = linkuri
element-content-hashes = fișier multimedia
element-account-handle = numele contului
element-account-name = numele contului
element-account-bio = descrierea contului
element-account-strikes = încălcări anterioare ale regulilor noastre

## Features

feature-comments = comentarii
feature-follow = urmărirea altor conturi
feature-like = aprecieri
feature-live = transmisiuni în direct
feature-messages = mesaje private
feature-post = publicarea de conținut
feature-share = distribuire

## Labels

label-check_official_source = de verificat la o sursă oficială
label-election_centre = centru de informare despre alegeri
label-election_information = informații despre alegeri
label-exposed_influence_site = site identificat ca parte a unei operațiuni de influență
label-paid_partnership = parteneriat plătit
label-rated_false = considerat fals de verificatori independenți ai faptelor
label-synthetic_media = creat sau modificat cu ajutorul IA

## Member states of the European Union and the European Economic Area (ISO 3166-1 alpha-2)

country-AT = Austria
country-BE = Belgia
country-BG = Bulgaria
country-CY = Cipru
country-CZ = Cehia
country-DE = Germania
country-DK = Danemarca
country-EE = Estonia
country-ES = Spania
country-FI = Finlanda
country-FR = Franța
country-GR = Grecia
country-HR = Croația
country-HU = Ungaria
country-IE = Irlanda
country-IS = Islanda
country-IT = Italia
country-LI = Liechtenstein
country-LT = Lituania
country-LU = Luxemburg
country-LV = Letonia
country-MT = Malta
country-NL = Țările de Jos
country-NO = Norvegia
country-PL = Polonia
country-PT = Portugalia
country-RO = România
country-SE = Suedia
country-SI = Slovenia
country-SK = Slovacia
