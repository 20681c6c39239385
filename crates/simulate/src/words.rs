//! Texts that people write: everyday captions in four languages, all made up.

/// Everyday fragments of a language; a caption joins two of them.
pub(crate) const EVERYDAY: &[(&str, &[&str])] = &[
    (
        "fr",
        &[
            "ma recette de tarte aux pommes du dimanche",
            "on repeint la cuisine en jaune ce week-end",
            "trois exercices simples pour le dos",
            "le marché du village ce matin",
            "mon chien découvre la neige pour la première fois",
            "comment réparer une chaise en bois",
            "la répétition de la chorale hier soir",
            "un lever de soleil sur la montagne",
            "notre jardin après la pluie",
            "une journée dans mon atelier de poterie",
            "qui reconnaît cette vieille chanson",
            "le train de huit heures était presque vide",
            "mes livres préférés de l'année",
            "petit tour à vélo le long du canal",
        ],
    ),
    (
        "ro",
        &[
            "rețeta bunicii pentru plăcinte cu mere",
            "o dimineață liniștită la piață în oraș",
            "cum repar o bicicletă veche acasă",
            "câinele meu vede marea pentru prima dată",
            "trei exerciții ușoare pentru spate",
            "grădina noastră după ploaie",
            "repetiția corului de aseară",
            "un răsărit de soare la munte",
            "cine mai știe melodia aceasta",
            "o zi în atelierul meu de ceramică",
            "trenul de opt a fost aproape gol",
            "cărțile mele preferate din acest an",
            "pictăm bucătăria în galben weekendul acesta",
            "o plimbare pe malul lacului",
        ],
    ),
    (
        "en",
        &[
            "my sunday apple pie step by step",
            "we painted the kitchen yellow this weekend",
            "three easy stretches for a stiff back",
            "a quiet morning at the market",
            "my dog sees the sea for the first time",
            "how to mend a wooden chair",
            "choir practice from last night",
            "sunrise over the hills this morning",
            "our garden after the rain",
            "a day in my pottery workshop",
            "who remembers this old song",
            "the eight o'clock train was almost empty",
            "books that I loved this year",
            "a slow ride along the canal",
        ],
    ),
    (
        "de",
        &[
            "mein Apfelkuchen vom Sonntag",
            "wir streichen die Küche gelb",
            "drei leichte Übungen für den Rücken",
            "ein ruhiger Morgen auf dem Markt",
            "mein Hund sieht zum ersten Mal das Meer",
            "so repariert man einen alten Stuhl",
            "die Chorprobe von gestern Abend",
            "Sonnenaufgang über den Hügeln",
            "unser Garten nach dem Regen",
            "ein Tag in meiner Töpferei",
            "wer kennt dieses alte Lied noch",
            "der Zug um acht war fast leer",
            "meine liebsten Bücher des Jahres",
            "eine langsame Fahrt am Kanal entlang",
        ],
    ),
];

/// Honest posts about the election.
pub(crate) const CIVIC: &[(&str, &[&str])] = &[
    (
        "fr",
        &[
            "les bureaux de vote ouvrent à huit heures dimanche",
            "pensez à votre pièce d'identité pour voter",
            "débat ce soir entre les listes locales",
            "je suis assesseur dimanche et j'explique le dépouillement",
        ],
    ),
    (
        "ro",
        &[
            "secțiile de votare se deschid la ora șapte duminică",
            "nu uitați cartea de identitate la vot",
            "dezbatere diseară între candidații locali",
            "sunt în comisia secției și explic numărătoarea",
        ],
    ),
    (
        "en",
        &[
            "polling stations open at eight on sunday",
            "remember to bring your identity card to vote",
            "tonight's debate between the local lists",
            "how votes are counted at our polling station",
        ],
    ),
    (
        "de",
        &[
            "die Wahllokale öffnen am Sonntag um acht",
            "denkt an euren Ausweis zur Wahl",
            "heute Abend Debatte der Kandidaten",
            "so werden bei uns die Stimmen gezählt",
        ],
    ),
];

/// Harmless hashtags.
pub(crate) const TAGS: &[&str] = &[
    "garden", "baking", "dogs", "travel", "music", "pottery", "cycling", "books", "sunday", "diy",
];

/// Everyday searches.
pub(crate) const SEARCHES: &[&str] = &[
    "apple pie without butter",
    "bike repair near me",
    "weather tomorrow",
    "piano for beginners",
    "horaires des trains",
    "rețetă de cozonac",
    "Wanderwege im Harz",
    "dog training recall",
];

/// The fragments for `language`, or the English ones.
pub(crate) fn of<'a>(table: &'a [(&str, &'a [&'a str])], language: &str) -> &'a [&'a str] {
    let found = table.iter().find(|(known, _)| *known == language);
    found.or(table.first()).map_or(&[], |(_, fragments)| fragments)
}
