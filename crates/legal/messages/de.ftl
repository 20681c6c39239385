# German: letters to persons.
#
# $thing is what the letter is about, as the subject of its sentence; $Thing is the same at the
# beginning of a sentence.

language = Deutsch

## Measures. A named one says which label or message.

effect-remove = { $Thing } wurde entfernt.
effect-disable = { $Thing } wird in { $places } nicht angezeigt: { $list }.
effect-age_restrict = { $Thing } wird nur Erwachsenen angezeigt.
effect-limit = { $Thing } wird anderen nicht mehr empfohlen.
effect-restrict_interaction = { $Thing } kann von anderen nicht kommentiert, weiterverwendet oder geteilt werden.
effect-label = { $Thing } ist mit einer Kennzeichnung versehen.
effect-label-named = { $Thing } ist mit einer Kennzeichnung versehen: „{ $label }“.
effect-prompt = Bevor { $thing } geöffnet wird, erscheint ein Hinweis.
effect-prompt-named = Bevor { $thing } geöffnet wird, erscheint ein Hinweis: „{ $label }“.
effect-demonetise = { $Thing } bringt Ihnen keine Einnahmen mehr ein.
effect-suspend_feature = Diese Funktion steht Ihnen { $time } nicht zur Verfügung: { $feature }.
effect-terminate_account = Ihr Konto ist dauerhaft geschlossen.
effect-suspend_account = Ihr Konto ist { $time } gesperrt.

## Times and places

days = { $number ->
    [one] { $number } Tag
   *[other] { $number } Tage
}
for-days = für { $days }
indefinitely = bis auf Weiteres
places = { $number ->
    [one] folgendem Land
   *[other] folgenden Ländern
}

## Statement of reasons (Art. 17 DSA)

decision-title = Unsere Entscheidung und ihre Gründe
decided = Wir haben folgende Entscheidung getroffen:
about = Betroffen ist { $thing }{ $title } (Referenz { $reference }).
titled = { " " }„{ $title }“
everywhere = Das gilt überall, wo unser Dienst verfügbar ist.
elsewhere = Wo keine Länder genannt sind, gilt das überall, wo unser Dienst verfügbar ist.
territory = Das gilt in { $places }: { $list }.
lasting = Ein Enddatum ist nicht festgelegt.
ending = Die Maßnahme endet von selbst, sobald die oben genannte Zeit abgelaufen ist.
partly-ending = Wo eine Zeit genannt ist, endet die Maßnahme mit deren Ablauf von selbst; für alles Übrige ist kein Enddatum festgelegt.
replaces = Diese Entscheidung tritt an die Stelle einer früheren. Maßnahmen der früheren Entscheidung, die hier nicht aufgeführt sind, gelten nicht mehr.
own-initiative = Wir haben aus eigener Initiative gehandelt.
after-notice = Wir haben auf eine Meldung hin gehandelt (Artikel 16 des Gesetzes über digitale Dienste). Von wem sie stammt, teilen wir nicht mit.
after-appeal = Wir haben den Sachverhalt auf eine Beschwerde gegen eine frühere Entscheidung hin erneut geprüft.
rests-on = Grundlage der Entscheidung sind { $thing } selbst und die Umstände der Nutzung oder Verbreitung.
elements = Ausschlaggebende Elemente: { $list }.
found-by-machine = Der Sachverhalt wurde mit automatisierten Mitteln erkannt.
found-by-others = Auf den Sachverhalt wurden wir hingewiesen; er wurde nicht mit automatisierten Mitteln erkannt.
found-by-both = Nach Verstößen gegen unsere Regeln suchen sowohl automatisierte Mittel als auch Menschen.
decided-by-machine = Die Entscheidung wurde mit automatisierten Mitteln getroffen, ohne dass ein Mensch mitgewirkt hat.
decided-by-both = An der Entscheidung waren automatisierte Mittel beteiligt; ein Mensch hat ebenfalls mitgewirkt oder wird den Sachverhalt noch prüfen.
decided-by-people = Die Entscheidung wurde von einem Menschen getroffen, nicht mit automatisierten Mitteln.
policy = Grund für diese Entscheidung ist unsere Regel „{ $title }“, die Teil unserer Allgemeinen Geschäftsbedingungen ist.
policy-text = Sie lautet: „{ $text }“
why = Der oben beschriebene Sachverhalt ist das, worum es in dieser Regel geht; deshalb fällt { $thing } darunter.
complaint = Wenn Sie nicht einverstanden sind, können Sie sich innerhalb von sechs Monaten nach Erhalt dieses Schreibens elektronisch und kostenlos bei uns beschweren. Über Beschwerden entscheiden Menschen, niemals automatisierte Mittel allein.
bodies = Sie können sich an eine außergerichtliche Streitbeilegungsstelle wenden, die nach Artikel 21 des Gesetzes über digitale Dienste (Verordnung (EU) 2022/2065) zertifiziert ist. Außerdem können Sie vor Gericht gehen.

## Information about an order (Art. 9(5) DSA)

order-title = Information über eine behördliche Anordnung
ordered = { $Thing } ist Gegenstand der Anordnung einer Behörde oder eines Gerichts. Wir sind gesetzlich verpflichtet, solchen Anordnungen nachzukommen. Folgendes haben wir veranlasst:
because-ordered = Wir haben wegen dieser Anordnung gehandelt, nicht aus eigener Initiative.
order-policy = Wir haben sie unserer Regel „{ $title }“ zugeordnet.
order-redress = Sie können die Anordnung bei den Behörden oder Gerichten des Staates, aus dem sie stammt, nach dessen Recht anfechten. Wenn Sie meinen, dass wir über die Anordnung hinausgegangen sind, können Sie uns das kostenlos mitteilen. Außerdem können Sie vor Gericht gehen.

## A decision was taken back

reversal-title = Eine Entscheidung wurde zurückgenommen
reversed = Wir haben eine frühere Entscheidung zurückgenommen; betroffen war { $thing }. Die darin vorgesehenen Einschränkungen gelten nicht mehr.
apology = Sie brauchen nichts zu tun. Wir bitten Sie für die Unannehmlichkeiten um Entschuldigung.

## Receipt of a notice (Art. 16(4) DSA)

receipt-title = Wir haben Ihre Meldung erhalten
received = Vielen Dank. Wir haben Ihre Meldung erhalten; ihr Aktenzeichen lautet { $reference }.
what-follows = Wir werden sie so bald wie möglich prüfen und Ihnen mitteilen, was wir entschieden haben und was Sie tun können, wenn Sie nicht einverstanden sind.
name-reference = Bitte geben Sie das Aktenzeichen an, wenn Sie uns dazu schreiben.

## Answer to a notice (Art. 16(5) DSA)

notice-title = Unsere Antwort auf Ihre Meldung
notice-examined = Wir haben Ihre Meldung mit dem Aktenzeichen { $reference } geprüft.
notice-nothing = Nach unserer Prüfung verstößt { $thing } weder gegen das Gesetz noch gegen unsere Regeln. Es ändert sich nichts.
account-measured = Gegen das Konto, von dem der von Ihnen gemeldete Inhalt stammt, wurden Maßnahmen ergriffen.
reported-account-measured = Gegen das von Ihnen gemeldete Konto wurden Maßnahmen ergriffen.
notice-complaint = Wenn Sie nicht einverstanden sind, können Sie sich innerhalb von sechs Monaten nach Erhalt dieser Antwort elektronisch und kostenlos bei uns beschweren. Über Beschwerden entscheiden Menschen, niemals automatisierte Mittel allein.

## Answer to a complaint (Art. 20(5) DSA)

answer-title = Unsere Antwort auf Ihre Beschwerde
examined = Wir haben Ihre Beschwerde gegen unsere Entscheidung geprüft.
outcome-upheld = Unsere Entscheidung bleibt bestehen.
outcome-partly = Wir haben unsere Entscheidung teilweise geändert.
outcome-reversed = Wir haben unsere Entscheidung zurückgenommen.
reasons = Unsere Gründe:
people-took-part = Menschen haben Ihre Beschwerde geprüft und über sie entschieden; die Entscheidung wurde nicht allein mit automatisierten Mitteln getroffen.

## What letters are about

thing-video = Ihr Video
thing-photo = Ihr Foto
thing-livestream = Ihr Livestream
thing-comment = Ihr Kommentar
thing-message = Ihre Nachricht
thing-post = Ihr Beitrag
thing-profile = Ihr Profil
thing-ad = Ihre Werbeanzeige
thing-content = Ihr Inhalt
thing-account = Ihr Konto
thing-reported-content = der von Ihnen gemeldete Inhalt
thing-reported-account = das von Ihnen gemeldete Konto

## Where something was found

element-content-title = Titel
element-content-text = Text
element-content-transcript = gesprochene Worte
element-content-hashtags = Hashtags
element-content-links = Links
element-content-hashes = Mediendatei
element-account-handle = Kontoname
element-account-name = Kontoname
element-account-bio = Kontobeschreibung
element-account-strikes = frühere Verstöße gegen unsere Regeln

## Features

feature-comments = Kommentare
feature-follow = anderen Konten folgen
feature-like = „Gefällt mir“-Angaben
feature-live = Livestreams
feature-messages = private Nachrichten
feature-post = Veröffentlichen
feature-share = Teilen

## Labels

label-check_official_source = bitte bei einer offiziellen Quelle prüfen
label-election_centre = Informationszentrum zur Wahl
label-election_information = Informationen zur Wahl
label-exposed_influence_site = Website, die als Teil einer Einflussoperation erkannt wurde
label-paid_partnership = bezahlte Partnerschaft
label-rated_false = von unabhängigen Faktenprüfern als falsch bewertet
label-synthetic_media = mit KI erstellt oder verändert

## Member states of the European Union and the European Economic Area (ISO 3166-1 alpha-2)

country-AT = Österreich
country-BE = Belgien
country-BG = Bulgarien
country-CY = Zypern
country-CZ = Tschechien
country-DE = Deutschland
country-DK = Dänemark
country-EE = Estland
country-ES = Spanien
country-FI = Finnland
country-FR = Frankreich
country-GR = Griechenland
country-HR = Kroatien
country-HU = Ungarn
country-IE = Irland
country-IS = Island
country-IT = Italien
country-LI = Liechtenstein
country-LT = Litauen
country-LU = Luxemburg
country-LV = Lettland
country-MT = Malta
country-NL = Niederlande
country-NO = Norwegen
country-PL = Polen
country-PT = Portugal
country-RO = Rumänien
country-SE = Schweden
country-SI = Slowenien
country-SK = Slowakei
