//! The phrases of letters, in each language.
//!
//! Names in braces are replaced. `{thing}` is a nominative in German, so it is the subject of its
//! sentence; at the beginning of a sentence it is `{Thing}`. French spaces are written as escapes:
//! `\u{a0}` before a colon and inside guillemets, `\u{202f}` before a semicolon.

/// Declares the phrases by name.
macro_rules! words {
    ($($phrase:ident)*) => {
        /// All phrases in one language.
        pub(crate) struct Words {
            /// Its index among the languages.
            pub(crate) at: usize,
            /// One day, few days, many days.
            pub(crate) days: [&'static str; 3],
            /// In one country, in several; the names follow after a colon.
            pub(crate) places: [&'static str; 2],
            /// In the order of [`crate::answer::Outcome`].
            pub(crate) outcomes: [&'static str; 3],
            $(pub(crate) $phrase: &'static str,)*
        }
    };
}

words! {
    remove disable age_restrict limit restrict_interaction label label_named prompt prompt_named
    demonetise suspend_feature terminate_account suspend_account for_days indefinitely
    decision_title decided everywhere elsewhere territory lasting ending partly_ending replaces
    own_initiative after_notice after_appeal rests_on elements
    found_by_machine found_by_others found_by_both
    decided_by_machine decided_by_both decided_by_people
    policy policy_text why complaint bodies
    order_title ordered because_ordered order_policy order_redress
    reversal_title reversed apology
    about titled
    receipt_title received what_follows name_reference
    notice_title notice_examined notice_nothing account_measured
    reported_account_measured notice_complaint
    answer_title examined reasons people_took_part
}

/// In the order of [`crate::letter::LANGUAGES`].
pub(crate) static WORDS: [&Words; 4] = [&ENGLISH, &FRENCH, &ROMANIAN, &GERMAN];

static ENGLISH: Words = Words {
    at: 0,
    days: ["day", "days", "days"],
    places: ["this country", "these countries"],
    for_days: "for {days}",
    indefinitely: "until further notice",
    remove: "We have removed {thing}.",
    disable: "{Thing} is not shown in {places}: {list}.",
    age_restrict: "{Thing} is shown to adults only.",
    limit: "{Thing} is no longer recommended to others.",
    restrict_interaction: "Others cannot comment on, reuse or share {thing}.",
    label: "{Thing} is shown with a label.",
    label_named: "{Thing} is shown with a label: “{label}”.",
    prompt: "People see a message before they open {thing}.",
    prompt_named: "People see a message before they open {thing}: “{label}”.",
    demonetise: "You cannot earn money with {thing}.",
    suspend_feature: "You cannot use this feature {time}: {feature}.",
    terminate_account: "Your account is closed permanently.",
    suspend_account: "Your account is suspended {time}.",
    decision_title: "Our decision and the reasons for it",
    decided: "We have taken the following decision:",
    everywhere: "This applies wherever our service is available.",
    elsewhere: "Where no countries are named, this applies wherever our service is available.",
    territory: "This applies in {places}: {list}.",
    lasting: "No end date is set.",
    ending: "The measure ends by itself when the time stated above is over.",
    partly_ending: "Where a time is stated, the measure ends by itself when it is over; for \
        everything else, no end date is set.",
    replaces: "This decision takes the place of an earlier one. Measures of the earlier decision \
        that are not listed here no longer apply.",
    own_initiative: "We acted on our own initiative.",
    after_notice: "We acted after we had received a notice (Article 16 of the Digital Services \
        Act). We do not disclose who sent it.",
    after_appeal: "We looked at the matter again after a complaint against an earlier decision.",
    rests_on: "The decision rests on {thing} itself and on how it was used or shared.",
    elements: "These elements mattered: {list}.",
    found_by_machine: "The matter was found by automated means.",
    found_by_others: "The matter was brought to our attention; it was not found by automated \
        means.",
    found_by_both: "Both automated means and people look for breaches of our rules.",
    decided_by_machine: "The decision was taken by automated means, without the involvement of a \
        person.",
    decided_by_both: "Automated means took part in the decision; a person also took part or will \
        still look at the matter.",
    decided_by_people: "The decision was taken by a person, not by automated means.",
    policy: "The ground for this decision is our policy “{title}”, which is part of our terms and \
        conditions.",
    policy_text: "It reads: “{text}”",
    why: "The facts set out above are what this policy is about; that is why {thing} falls under \
        it.",
    complaint: "If you disagree, you can complain to us electronically and free of charge within \
        six months of receiving this letter. People decide on complaints, never automated means \
        alone.",
    bodies: "You can turn to an out-of-court dispute settlement body certified under Article 21 of \
        the Digital Services Act (Regulation (EU) 2022/2065). You can also go to court.",
    order_title: "Information about an order of an authority",
    ordered: "An administrative or judicial authority has sent us an order about {thing}. The law \
        obliges us to carry out such orders. This is what we have done:",
    because_ordered: "We acted because of this order, not on our own initiative.",
    order_policy: "We dealt with it under our policy “{title}”.",
    order_redress: "You can challenge the order before the authorities or courts of the state that \
        it comes from, as the law of that state provides. If you think that we did more than the \
        order demands, you can tell us so free of charge. You can also go to court.",
    reversal_title: "A decision was taken back",
    reversed: "We have taken back an earlier decision about {thing}. What it restricted is \
        lifted.",
    apology: "You do not need to do anything. We apologise for the inconvenience.",
    about: "This concerns {thing}{title} (reference {reference}).",
    titled: " “{title}”",
    notice_title: "Our answer to your notice",
    notice_examined: "We have examined your notice with the reference {reference}.",
    notice_nothing: "We found that {thing} breaks neither the law nor our rules. Nothing changes.",
    account_measured: "We have taken measures against the account behind the content that you \
        reported.",
    reported_account_measured: "We have taken measures against the account that you reported.",
    notice_complaint: "If you disagree, you can complain to us electronically and free of charge \
        within six months of receiving this answer. People decide on complaints, never automated \
        means alone.",
    receipt_title: "We have received your notice",
    received: "Thank you. We have received your notice; its reference is {reference}.",
    what_follows: "We will look at it as soon as possible and will tell you what we have decided \
        and what you can do if you disagree.",
    name_reference: "Please state the reference if you write to us about it.",
    answer_title: "Our answer to your complaint",
    examined: "We have examined your complaint against our decision.",
    outcomes: [
        "Our decision stands.",
        "We have changed our decision in part.",
        "We have taken our decision back.",
    ],
    reasons: "Our reasons:",
    people_took_part: "People examined your complaint and decided on it; it was not decided by \
        automated means alone.",
};

static FRENCH: Words = Words {
    at: 1,
    days: ["jour", "jours", "jours"],
    places: ["le pays suivant", "les pays suivants"],
    for_days: "pendant {days}",
    indefinitely: "pour une durée indéterminée",
    remove: "Nous avons retiré {thing}.",
    disable: "Nous n’affichons pas {thing} dans {places}\u{a0}: {list}.",
    age_restrict: "Seuls les adultes peuvent voir {thing}.",
    limit: "Nous ne recommandons plus à d’autres personnes {thing}.",
    restrict_interaction: "Les autres utilisateurs ne peuvent ni commenter, ni réutiliser, ni \
        partager {thing}.",
    label: "Nous affichons une mention avec {thing}.",
    label_named: "Nous affichons une mention avec {thing}\u{a0}: «\u{a0}{label}\u{a0}».",
    prompt: "Un message s’affiche avant l’ouverture de {thing}.",
    prompt_named: "Un message s’affiche avant l’ouverture de {thing}\u{a0}: «\u{a0}{label}\u{a0}».",
    demonetise: "Vous ne pouvez pas gagner d’argent avec {thing}.",
    suspend_feature: "Vous ne pouvez pas utiliser cette fonction {time}\u{a0}: {feature}.",
    terminate_account: "Votre compte est fermé définitivement.",
    suspend_account: "Votre compte est suspendu {time}.",
    decision_title: "Notre décision et ses motifs",
    decided: "Nous avons pris la décision suivante\u{a0}:",
    everywhere: "Cela s’applique partout où notre service est disponible.",
    elsewhere: "Lorsqu’aucun pays n’est nommé, cela s’applique partout où notre service est \
        disponible.",
    territory: "Cela s’applique dans {places}\u{a0}: {list}.",
    lasting: "Aucune date de fin n’est prévue.",
    ending: "La mesure prend fin automatiquement à l’expiration de la durée indiquée ci-dessus.",
    partly_ending: "Lorsqu’une durée est indiquée, la mesure prend fin automatiquement à son \
        expiration\u{202f}; pour le reste, aucune date de fin n’est prévue.",
    replaces: "Cette décision remplace une décision antérieure. Les mesures de la décision \
        antérieure qui ne figurent pas ici ne s’appliquent plus.",
    own_initiative: "Nous avons agi de notre propre initiative.",
    after_notice: "Nous avons agi à la suite d’un signalement (notification au sens de l’article \
        16 du règlement sur les services numériques). Nous n’indiquons pas qui l’a envoyé.",
    after_appeal: "Nous avons réexaminé la situation à la suite d’une réclamation contre une \
        décision antérieure.",
    rests_on: "La décision repose sur {thing} et sur les circonstances de son utilisation ou de sa \
        diffusion.",
    elements: "Éléments déterminants\u{a0}: {list}.",
    found_by_machine: "La situation a été détectée par des moyens automatisés.",
    found_by_others: "La situation nous a été signalée\u{202f}; elle n’a pas été détectée par des \
        moyens automatisés.",
    found_by_both: "Pour détecter les infractions à nos règles, nous recourons à la fois à des \
        moyens automatisés et à des personnes.",
    decided_by_machine: "La décision a été prise par des moyens automatisés, sans intervention \
        humaine.",
    decided_by_both: "Des moyens automatisés ont contribué à la décision\u{202f}; une personne y a \
        également participé ou examinera encore la situation.",
    decided_by_people: "La décision a été prise par une personne, et non par des moyens \
        automatisés.",
    policy: "Le motif de cette décision est notre règle «\u{a0}{title}\u{a0}», qui fait partie de \
        nos conditions générales.",
    policy_text: "En voici le texte\u{a0}: «\u{a0}{text}\u{a0}»",
    why: "Les faits exposés ci-dessus sont ceux que vise cette règle\u{202f}; c’est pourquoi \
        {thing} en relève.",
    complaint: "Si vous n’êtes pas d’accord, vous pouvez nous adresser une réclamation, par voie \
        électronique et gratuitement, dans les six mois suivant la réception de cette lettre. Ce \
        sont des personnes qui statuent sur les réclamations, jamais des moyens automatisés seuls.",
    bodies: "Vous pouvez vous adresser à un organe de règlement extrajudiciaire des litiges \
        certifié en vertu de l’article 21 du règlement (UE) 2022/2065 sur les services numériques. \
        Vous pouvez également saisir un tribunal.",
    order_title: "Information sur l’injonction d’une autorité",
    ordered: "Une autorité administrative ou judiciaire nous a adressé une injonction concernant \
        {thing}. La loi nous oblige à exécuter de telles injonctions. Voici ce que nous avons \
        fait\u{a0}:",
    because_ordered: "Nous avons agi en raison de cette injonction, et non de notre propre \
        initiative.",
    order_policy: "Nous l’avons traitée au titre de notre règle «\u{a0}{title}\u{a0}».",
    order_redress: "Vous pouvez contester l’injonction devant les autorités ou les juridictions de \
        l’État dont elle émane, selon le droit de cet État. Si vous estimez que nous avons fait \
        plus que ce que l’injonction exige, vous pouvez nous le signaler gratuitement. Vous pouvez \
        également saisir un tribunal.",
    reversal_title: "Une décision a été annulée",
    reversed: "Nous avons annulé une décision antérieure concernant {thing}. Les restrictions \
        qu’elle prévoyait ne s’appliquent plus.",
    apology: "Vous n’avez rien à faire. Nous vous prions de nous excuser pour la gêne occasionnée.",
    about: "Cela concerne {thing}{title} (référence {reference}).",
    titled: " «\u{a0}{title}\u{a0}»",
    notice_title: "Notre réponse à votre signalement",
    notice_examined: "Nous avons examiné votre signalement, dont la référence est {reference}.",
    notice_nothing: "Selon notre examen, {thing} n’enfreint ni la loi ni nos règles. Rien ne \
        change.",
    account_measured: "Nous avons pris des mesures à l’encontre du compte dont provient le \
        contenu que vous avez signalé.",
    reported_account_measured: "Nous avons pris des mesures à l’encontre du compte que vous avez \
        signalé.",
    notice_complaint: "Si vous n’êtes pas d’accord, vous pouvez nous adresser une réclamation, par \
        voie électronique et gratuitement, dans les six mois suivant la réception de cette \
        réponse. Ce sont des personnes qui statuent sur les réclamations, jamais des moyens \
        automatisés seuls.",
    receipt_title: "Nous avons reçu votre signalement",
    received: "Merci. Nous avons bien reçu votre signalement\u{202f}; sa référence est \
        {reference}.",
    what_follows: "Nous l’examinerons dès que possible et vous ferons savoir ce que nous avons \
        décidé et ce que vous pouvez faire si vous n’êtes pas d’accord.",
    name_reference: "Veuillez indiquer cette référence si vous nous écrivez à ce sujet.",
    answer_title: "Notre réponse à votre réclamation",
    examined: "Nous avons examiné votre réclamation contre notre décision.",
    outcomes: [
        "Notre décision est maintenue.",
        "Nous avons modifié notre décision en partie.",
        "Nous avons annulé notre décision.",
    ],
    reasons: "Nos motifs\u{a0}:",
    people_took_part: "Des personnes ont examiné votre réclamation et statué sur celle-ci\u{202f}; \
        la décision n’a pas été prise uniquement par des moyens automatisés.",
};

static ROMANIAN: Words = Words {
    at: 2,
    days: ["zi", "zile", "de zile"],
    places: ["următoarea țară", "următoarele țări"],
    for_days: "timp de {days}",
    indefinitely: "pe perioadă nedeterminată",
    remove: "Am eliminat {thing}.",
    disable: "Nu afișăm {thing} în {places}: {list}.",
    age_restrict: "Numai adulții pot vedea {thing}.",
    limit: "Nu mai recomandăm altor persoane {thing}.",
    restrict_interaction: "Ceilalți utilizatori nu pot comenta, refolosi sau distribui {thing}.",
    label: "Afișăm o etichetă lângă {thing}.",
    label_named: "Afișăm o etichetă lângă {thing}: „{label}”.",
    prompt: "Înainte de a deschide {thing}, utilizatorii văd un mesaj.",
    prompt_named: "Înainte de a deschide {thing}, utilizatorii văd un mesaj: „{label}”.",
    demonetise: "Nu puteți câștiga bani cu {thing}.",
    suspend_feature: "Nu puteți folosi această funcție {time}: {feature}.",
    terminate_account: "Contul dumneavoastră este închis definitiv.",
    suspend_account: "Contul dumneavoastră este suspendat {time}.",
    decision_title: "Decizia noastră și motivele ei",
    decided: "Am luat următoarea decizie:",
    everywhere: "Cele de mai sus se aplică oriunde este disponibil serviciul nostru.",
    elsewhere: "Acolo unde nu sunt numite țări, cele de mai sus se aplică oriunde este disponibil \
        serviciul nostru.",
    territory: "Cele de mai sus se aplică în {places}: {list}.",
    lasting: "Nu este prevăzută nicio dată de încetare.",
    ending: "Măsura încetează de la sine la expirarea perioadei indicate mai sus.",
    partly_ending: "Acolo unde este indicată o perioadă, măsura încetează de la sine la expirarea \
        acesteia; pentru rest nu este prevăzută nicio dată de încetare.",
    replaces: "Această decizie înlocuiește o decizie anterioară. Măsurile din decizia anterioară \
        care nu sunt enumerate aici nu se mai aplică.",
    own_initiative: "Am acționat din proprie inițiativă.",
    after_notice: "Am acționat în urma unei sesizări (notificare în sensul articolului 16 din \
        Regulamentul privind serviciile digitale). Nu comunicăm cine a trimis-o.",
    after_appeal: "Am reexaminat situația în urma unei plângeri împotriva unei decizii anterioare.",
    rests_on: "Decizia se bazează pe {thing} și pe împrejurările utilizării sau distribuirii sale.",
    elements: "Elemente hotărâtoare: {list}.",
    found_by_machine: "Situația a fost identificată prin mijloace automatizate.",
    found_by_others: "Situația ne-a fost semnalată; nu a fost identificată prin mijloace \
        automatizate.",
    found_by_both: "Încălcările regulilor noastre sunt căutate atât prin mijloace automatizate, \
        cât și de către persoane.",
    decided_by_machine: "Decizia a fost luată prin mijloace automatizate, fără intervenția unei \
        persoane.",
    decided_by_both: "La luarea deciziei au contribuit mijloace automatizate; o persoană a \
        participat și ea la decizie sau urmează să examineze situația.",
    decided_by_people: "Decizia a fost luată de o persoană, nu prin mijloace automatizate.",
    policy: "Temeiul acestei decizii este regula noastră „{title}”, care face parte din termenii \
        și condițiile noastre.",
    policy_text: "Textul ei este următorul: „{text}”",
    why: "Faptele expuse mai sus sunt cele la care se referă această regulă; de aceea {thing} \
        intră sub incidența ei.",
    complaint: "Dacă nu sunteți de acord, ne puteți adresa o plângere, pe cale electronică și \
        gratuit, în termen de șase luni de la primirea acestei scrisori. Plângerile sunt \
        soluționate de persoane, niciodată numai prin mijloace automatizate.",
    bodies: "Vă puteți adresa unui organism de soluționare extrajudiciară a litigiilor, certificat \
        în temeiul articolului 21 din Regulamentul (UE) 2022/2065 privind serviciile digitale. De \
        asemenea, vă puteți adresa instanței de judecată.",
    order_title: "Informare privind ordinul unei autorități",
    ordered: "O autoritate administrativă sau judiciară ne-a adresat un ordin privind {thing}. \
        Legea ne obligă să executăm astfel de ordine. Iată ce am făcut:",
    because_ordered: "Am acționat în temeiul acestui ordin, nu din proprie inițiativă.",
    order_policy: "L-am încadrat la regula noastră „{title}”.",
    order_redress: "Puteți contesta ordinul în fața autorităților sau a instanțelor statului din \
        care provine, potrivit legislației acelui stat. Dacă sunteți de părere că am făcut mai \
        mult decât cere ordinul, ne puteți semnala gratuit acest lucru. De asemenea, vă puteți \
        adresa instanței de judecată.",
    reversal_title: "O decizie a fost retrasă",
    reversed: "Am retras o decizie anterioară privind {thing}. Restricțiile prevăzute de ea nu se mai \
        aplică.",
    apology: "Nu trebuie să faceți nimic. Ne cerem scuze pentru neplăcerile create.",
    about: "Este vorba despre {thing}{title} (referința {reference}).",
    titled: " „{title}”",
    notice_title: "Răspunsul nostru la sesizarea dumneavoastră",
    notice_examined: "Am examinat sesizarea dumneavoastră, cu numărul de referință {reference}.",
    notice_nothing: "În urma examinării, {thing} nu încalcă nici legea, nici regulile noastre. Nu \
        se schimbă nimic.",
    account_measured: "Am luat măsuri împotriva contului de la care provine conținutul semnalat \
        de dumneavoastră.",
    reported_account_measured: "Am luat măsuri împotriva contului semnalat de dumneavoastră.",
    notice_complaint: "Dacă nu sunteți de acord, ne puteți adresa o plângere, pe cale electronică \
        și gratuit, în termen de șase luni de la primirea acestui răspuns. Plângerile sunt \
        soluționate de persoane, niciodată numai prin mijloace automatizate.",
    receipt_title: "Am primit sesizarea dumneavoastră",
    received: "Vă mulțumim. Am primit sesizarea dumneavoastră; numărul ei de referință este \
        {reference}.",
    what_follows: "O vom examina cât mai curând posibil și vă vom comunica ce am decis și ce \
        puteți face dacă nu sunteți de acord.",
    name_reference: "Vă rugăm să indicați numărul de referință dacă ne scrieți în legătură cu \
        sesizarea.",
    answer_title: "Răspunsul nostru la plângerea dumneavoastră",
    examined: "Am examinat plângerea dumneavoastră împotriva deciziei noastre.",
    outcomes: [
        "Decizia noastră se menține.",
        "Am modificat în parte decizia noastră.",
        "Am retras decizia noastră.",
    ],
    reasons: "Motivele noastre:",
    people_took_part: "Plângerea dumneavoastră a fost examinată și soluționată de persoane, nu \
        numai prin mijloace automatizate.",
};

static GERMAN: Words = Words {
    at: 3,
    days: ["Tag", "Tage", "Tage"],
    places: ["folgendem Land", "folgenden Ländern"],
    for_days: "für {days}",
    indefinitely: "bis auf Weiteres",
    remove: "{Thing} wurde entfernt.",
    disable: "{Thing} wird in {places} nicht angezeigt: {list}.",
    age_restrict: "{Thing} wird nur Erwachsenen angezeigt.",
    limit: "{Thing} wird anderen nicht mehr empfohlen.",
    restrict_interaction: "{Thing} kann von anderen nicht kommentiert, weiterverwendet oder \
        geteilt werden.",
    label: "{Thing} ist mit einer Kennzeichnung versehen.",
    label_named: "{Thing} ist mit einer Kennzeichnung versehen: „{label}“.",
    prompt: "Bevor {thing} geöffnet wird, erscheint ein Hinweis.",
    prompt_named: "Bevor {thing} geöffnet wird, erscheint ein Hinweis: „{label}“.",
    demonetise: "{Thing} bringt Ihnen keine Einnahmen mehr ein.",
    suspend_feature: "Diese Funktion steht Ihnen {time} nicht zur Verfügung: {feature}.",
    terminate_account: "Ihr Konto ist dauerhaft geschlossen.",
    suspend_account: "Ihr Konto ist {time} gesperrt.",
    decision_title: "Unsere Entscheidung und ihre Gründe",
    decided: "Wir haben folgende Entscheidung getroffen:",
    everywhere: "Das gilt überall, wo unser Dienst verfügbar ist.",
    elsewhere: "Wo keine Länder genannt sind, gilt das überall, wo unser Dienst verfügbar ist.",
    territory: "Das gilt in {places}: {list}.",
    lasting: "Ein Enddatum ist nicht festgelegt.",
    ending: "Die Maßnahme endet von selbst, sobald die oben genannte Zeit abgelaufen ist.",
    partly_ending: "Wo eine Zeit genannt ist, endet die Maßnahme mit deren Ablauf von selbst; für \
        alles Übrige ist kein Enddatum festgelegt.",
    replaces: "Diese Entscheidung tritt an die Stelle einer früheren. Maßnahmen der früheren \
        Entscheidung, die hier nicht aufgeführt sind, gelten nicht mehr.",
    own_initiative: "Wir haben aus eigener Initiative gehandelt.",
    after_notice: "Wir haben auf eine Meldung hin gehandelt (Artikel 16 des Gesetzes über digitale \
        Dienste). Von wem sie stammt, teilen wir nicht mit.",
    after_appeal: "Wir haben den Sachverhalt auf eine Beschwerde gegen eine frühere Entscheidung \
        hin erneut geprüft.",
    rests_on: "Grundlage der Entscheidung sind {thing} selbst und die Umstände der Nutzung oder \
        Verbreitung.",
    elements: "Ausschlaggebende Elemente: {list}.",
    found_by_machine: "Der Sachverhalt wurde mit automatisierten Mitteln erkannt.",
    found_by_others: "Auf den Sachverhalt wurden wir hingewiesen; er wurde nicht mit \
        automatisierten Mitteln erkannt.",
    found_by_both: "Nach Verstößen gegen unsere Regeln suchen sowohl automatisierte Mittel als \
        auch Menschen.",
    decided_by_machine: "Die Entscheidung wurde mit automatisierten Mitteln getroffen, ohne dass \
        ein Mensch mitgewirkt hat.",
    decided_by_both: "An der Entscheidung waren automatisierte Mittel beteiligt; ein Mensch hat \
        ebenfalls mitgewirkt oder wird den Sachverhalt noch prüfen.",
    decided_by_people: "Die Entscheidung wurde von einem Menschen getroffen, nicht mit \
        automatisierten Mitteln.",
    policy: "Grund für diese Entscheidung ist unsere Regel „{title}“, die Teil unserer Allgemeinen \
        Geschäftsbedingungen ist.",
    policy_text: "Sie lautet: „{text}“",
    why: "Der oben beschriebene Sachverhalt ist das, worum es in dieser Regel geht; deshalb fällt \
        {thing} darunter.",
    complaint: "Wenn Sie nicht einverstanden sind, können Sie sich innerhalb von sechs Monaten \
        nach Erhalt dieses Schreibens elektronisch und kostenlos bei uns beschweren. Über \
        Beschwerden entscheiden Menschen, niemals automatisierte Mittel allein.",
    bodies: "Sie können sich an eine außergerichtliche Streitbeilegungsstelle wenden, die nach \
        Artikel 21 des Gesetzes über digitale Dienste (Verordnung (EU) 2022/2065) zertifiziert \
        ist. Außerdem können Sie vor Gericht gehen.",
    order_title: "Information über eine behördliche Anordnung",
    ordered: "{Thing} ist Gegenstand der Anordnung einer Behörde oder eines Gerichts. Wir sind \
        gesetzlich verpflichtet, solchen Anordnungen nachzukommen. Folgendes haben wir veranlasst:",
    because_ordered: "Wir haben wegen dieser Anordnung gehandelt, nicht aus eigener Initiative.",
    order_policy: "Wir haben sie unserer Regel „{title}“ zugeordnet.",
    order_redress: "Sie können die Anordnung bei den Behörden oder Gerichten des Staates, aus dem \
        sie stammt, nach dessen Recht anfechten. Wenn Sie meinen, dass wir über die Anordnung \
        hinausgegangen sind, können Sie uns das kostenlos mitteilen. Außerdem können Sie vor \
        Gericht gehen.",
    reversal_title: "Eine Entscheidung wurde zurückgenommen",
    reversed: "Wir haben eine frühere Entscheidung zurückgenommen; betroffen war {thing}. Die \
        darin vorgesehenen Einschränkungen gelten nicht mehr.",
    apology: "Sie brauchen nichts zu tun. Wir bitten Sie für die Unannehmlichkeiten um \
        Entschuldigung.",
    about: "Betroffen ist {thing}{title} (Referenz {reference}).",
    titled: " „{title}“",
    notice_title: "Unsere Antwort auf Ihre Meldung",
    notice_examined: "Wir haben Ihre Meldung mit dem Aktenzeichen {reference} geprüft.",
    notice_nothing: "Nach unserer Prüfung verstößt {thing} weder gegen das Gesetz noch gegen \
        unsere Regeln. Es ändert sich nichts.",
    account_measured: "Gegen das Konto, von dem der von Ihnen gemeldete Inhalt stammt, wurden \
        Maßnahmen ergriffen.",
    reported_account_measured: "Gegen das von Ihnen gemeldete Konto wurden Maßnahmen ergriffen.",
    notice_complaint: "Wenn Sie nicht einverstanden sind, können Sie sich innerhalb von sechs \
        Monaten nach Erhalt dieser Antwort elektronisch und kostenlos bei uns beschweren. Über \
        Beschwerden entscheiden Menschen, niemals automatisierte Mittel allein.",
    receipt_title: "Wir haben Ihre Meldung erhalten",
    received: "Vielen Dank. Wir haben Ihre Meldung erhalten; ihr Aktenzeichen lautet {reference}.",
    what_follows: "Wir werden sie so bald wie möglich prüfen und Ihnen mitteilen, was wir \
        entschieden haben und was Sie tun können, wenn Sie nicht einverstanden sind.",
    name_reference: "Bitte geben Sie das Aktenzeichen an, wenn Sie uns dazu schreiben.",
    answer_title: "Unsere Antwort auf Ihre Beschwerde",
    examined: "Wir haben Ihre Beschwerde gegen unsere Entscheidung geprüft.",
    outcomes: [
        "Unsere Entscheidung bleibt bestehen.",
        "Wir haben unsere Entscheidung teilweise geändert.",
        "Wir haben unsere Entscheidung zurückgenommen.",
    ],
    reasons: "Unsere Gründe:",
    people_took_part: "Menschen haben Ihre Beschwerde geprüft und über sie entschieden; die \
        Entscheidung wurde nicht allein mit automatisierten Mitteln getroffen.",
};
