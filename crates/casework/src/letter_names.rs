//! The names of fields, features, labels and countries in letters, in each language.

/// Names by code, in the order of [`crate::letter::LANGUAGES`].
pub(crate) type Names = &'static [(&'static str, [&'static str; 4])];

/// Declares names in all languages, by code.
macro_rules! names {
    ($($code:literal: $($name:literal),*;)*) => { &[$(($code, [$($name),*])),*] };
}

/// Fields of events in which detectors find something.
pub(crate) const ELEMENTS: Names = names! {
    "content.title": "title", "titre", "titlu", "Titel";
    "content.text": "text", "texte", "text", "Text";
    "content.transcript": "spoken words", "propos tenus", "cuvinte rostite", "gesprochene Worte";
    "content.hashtags": "hashtags", "hashtags", "hashtaguri", "Hashtags";
    "content.links": "links", "liens", "linkuri", "Links";
    "content.hashes": "media file", "fichier multimédia", "fișier multimedia", "Mediendatei";
    "account.handle": "account name", "nom du compte", "numele contului", "Kontoname";
    "account.name": "account name", "nom du compte", "numele contului", "Kontoname";
    "account.bio": "account description", "description du compte", "descrierea contului",
        "Kontobeschreibung";
    "account.strikes": "earlier breaches of our rules", "infractions antérieures à nos règles",
        "încălcări anterioare ale regulilor noastre", "frühere Verstöße gegen unsere Regeln";
};

/// Features that rules suspend.
pub(crate) const FEATURES: Names = names! {
    "comments": "comments", "commentaires", "comentarii", "Kommentare";
    "follow": "following other accounts", "abonnement à d’autres comptes",
        "urmărirea altor conturi", "anderen Konten folgen";
    "like": "likes", "mentions «\u{a0}J’aime\u{a0}»", "aprecieri", "„Gefällt mir“-Angaben";
    "live": "livestreams", "diffusions en direct", "transmisiuni în direct", "Livestreams";
    "messages": "private messages", "messages privés", "mesaje private", "private Nachrichten";
    "post": "posting", "publication de contenus", "publicarea de conținut", "Veröffentlichen";
    "share": "sharing", "partage", "distribuire", "Teilen";
};

/// Labels that rules set.
pub(crate) const LABELS: Names = names! {
    "check_official_source": "check an official source", "à vérifier auprès d’une source officielle",
        "de verificat la o sursă oficială", "bitte bei einer offiziellen Quelle prüfen";
    "election_centre": "election information centre", "centre d’information sur les élections",
        "centru de informare despre alegeri", "Informationszentrum zur Wahl";
    "election_information": "information about the election", "informations sur les élections",
        "informații despre alegeri", "Informationen zur Wahl";
    "exposed_influence_site": "website exposed as part of an influence operation",
        "site identifié comme faisant partie d’une opération d’influence",
        "site identificat ca parte a unei operațiuni de influență",
        "Website, die als Teil einer Einflussoperation erkannt wurde";
    "paid_partnership": "paid partnership", "partenariat rémunéré", "parteneriat plătit",
        "bezahlte Partnerschaft";
    "rated_false": "rated false by independent fact-checkers",
        "jugé faux par des vérificateurs de faits indépendants",
        "considerat fals de verificatori independenți ai faptelor",
        "von unabhängigen Faktenprüfern als falsch bewertet";
    "synthetic_media": "made or changed with AI", "créé ou modifié à l’aide de l’IA",
        "creat sau modificat cu ajutorul IA", "mit KI erstellt oder verändert";
};

/// Member states of the European Union and the European Economic Area, ISO 3166-1 alpha-2.
pub(crate) const COUNTRIES: Names = names! {
    "AT": "Austria", "Autriche", "Austria", "Österreich";
    "BE": "Belgium", "Belgique", "Belgia", "Belgien";
    "BG": "Bulgaria", "Bulgarie", "Bulgaria", "Bulgarien";
    "CY": "Cyprus", "Chypre", "Cipru", "Zypern";
    "CZ": "Czechia", "Tchéquie", "Cehia", "Tschechien";
    "DE": "Germany", "Allemagne", "Germania", "Deutschland";
    "DK": "Denmark", "Danemark", "Danemarca", "Dänemark";
    "EE": "Estonia", "Estonie", "Estonia", "Estland";
    "ES": "Spain", "Espagne", "Spania", "Spanien";
    "FI": "Finland", "Finlande", "Finlanda", "Finnland";
    "FR": "France", "France", "Franța", "Frankreich";
    "GR": "Greece", "Grèce", "Grecia", "Griechenland";
    "HR": "Croatia", "Croatie", "Croația", "Kroatien";
    "HU": "Hungary", "Hongrie", "Ungaria", "Ungarn";
    "IE": "Ireland", "Irlande", "Irlanda", "Irland";
    "IS": "Iceland", "Islande", "Islanda", "Island";
    "IT": "Italy", "Italie", "Italia", "Italien";
    "LI": "Liechtenstein", "Liechtenstein", "Liechtenstein", "Liechtenstein";
    "LT": "Lithuania", "Lituanie", "Lituania", "Litauen";
    "LU": "Luxembourg", "Luxembourg", "Luxemburg", "Luxemburg";
    "LV": "Latvia", "Lettonie", "Letonia", "Lettland";
    "MT": "Malta", "Malte", "Malta", "Malta";
    "NL": "Netherlands", "Pays-Bas", "Țările de Jos", "Niederlande";
    "NO": "Norway", "Norvège", "Norvegia", "Norwegen";
    "PL": "Poland", "Pologne", "Polonia", "Polen";
    "PT": "Portugal", "Portugal", "Portugalia", "Portugal";
    "RO": "Romania", "Roumanie", "România", "Rumänien";
    "SE": "Sweden", "Suède", "Suedia", "Schweden";
    "SI": "Slovenia", "Slovénie", "Slovenia", "Slowenien";
    "SK": "Slovakia", "Slovaquie", "Slovacia", "Slowakei";
};
