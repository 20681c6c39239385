# French: letters to persons.
#
# $thing is what the letter is about, as the subject of its sentence; $Thing is the same at the
# beginning of a sentence.

language = Français

## Measures. A named one says which label or message.

effect-remove = Nous avons retiré { $thing }.
effect-disable = Nous n’affichons pas { $thing } dans { $places } : { $list }.
effect-age_restrict = Seuls les adultes peuvent voir { $thing }.
effect-limit = Nous ne recommandons plus à d’autres personnes { $thing }.
effect-restrict_interaction = Les autres utilisateurs ne peuvent ni commenter, ni réutiliser, ni partager { $thing }.
effect-label = Nous affichons une mention avec { $thing }.
effect-label-named = Nous affichons une mention avec { $thing } : « { $label } ».
effect-prompt = Un message s’affiche avant l’ouverture de { $thing }.
effect-prompt-named = Un message s’affiche avant l’ouverture de { $thing } : « { $label } ».
effect-demonetise = Vous ne pouvez pas gagner d’argent avec { $thing }.
effect-suspend_feature = Vous ne pouvez pas utiliser cette fonction { $time } : { $feature }.
effect-terminate_account = Votre compte est fermé définitivement.
effect-suspend_account = Votre compte est suspendu { $time }.

## Times and places

days = { $number ->
    [one] { $number } jour
   *[other] { $number } jours
}
for-days = pendant { $days }
indefinitely = pour une durée indéterminée
places = { $number ->
    [one] le pays suivant
   *[other] les pays suivants
}

## Statement of reasons (Art. 17 DSA)

decision-title = Notre décision et ses motifs
decided = Nous avons pris la décision suivante :
about = Cela concerne { $thing }{ $title } (référence { $reference }).
titled = { " " }« { $title } »
everywhere = Cela s’applique partout où notre service est disponible.
elsewhere = Lorsqu’aucun pays n’est nommé, cela s’applique partout où notre service est disponible.
territory = Cela s’applique dans { $places } : { $list }.
lasting = Aucune date de fin n’est prévue.
ending = La mesure prend fin automatiquement à l’expiration de la durée indiquée ci-dessus.
partly-ending = Lorsqu’une durée est indiquée, la mesure prend fin automatiquement à son expiration ; pour le reste, aucune date de fin n’est prévue.
replaces = Cette décision remplace une décision antérieure. Les mesures de la décision antérieure qui ne figurent pas ici ne s’appliquent plus.
own-initiative = Nous avons agi de notre propre initiative.
after-notice = Nous avons agi à la suite d’un signalement (notification au sens de l’article 16 du règlement sur les services numériques). Nous n’indiquons pas qui l’a envoyé.
after-appeal = Nous avons réexaminé la situation à la suite d’une réclamation contre une décision antérieure.
rests-on = La décision repose sur { $thing } et sur les circonstances de son utilisation ou de sa diffusion.
elements = Éléments déterminants : { $list }.
found-by-machine = La situation a été détectée par des moyens automatisés.
found-by-others = La situation nous a été signalée ; elle n’a pas été détectée par des moyens automatisés.
found-by-both = Pour détecter les infractions à nos règles, nous recourons à la fois à des moyens automatisés et à des personnes.
decided-by-machine = La décision a été prise par des moyens automatisés, sans intervention humaine.
decided-by-both = Des moyens automatisés ont contribué à la décision ; une personne y a également participé ou examinera encore la situation.
decided-by-people = La décision a été prise par une personne, et non par des moyens automatisés.
policy = Le motif de cette décision est notre règle « { $title } », qui fait partie de nos conditions générales.
policy-text = En voici le texte : « { $text } »
why = Les faits exposés ci-dessus sont ceux que vise cette règle ; c’est pourquoi { $thing } en relève.
complaint = Si vous n’êtes pas d’accord, vous pouvez nous adresser une réclamation, par voie électronique et gratuitement, dans les six mois suivant la réception de cette lettre. Ce sont des personnes qui statuent sur les réclamations, jamais des moyens automatisés seuls.
bodies = Vous pouvez vous adresser à un organe de règlement extrajudiciaire des litiges certifié en vertu de l’article 21 du règlement (UE) 2022/2065 sur les services numériques. Vous pouvez également saisir un tribunal.

## Information about an order (Art. 9(5) DSA)

order-title = Information sur l’injonction d’une autorité
ordered = Une autorité administrative ou judiciaire nous a adressé une injonction concernant { $thing }. La loi nous oblige à exécuter de telles injonctions. Voici ce que nous avons fait :
because-ordered = Nous avons agi en raison de cette injonction, et non de notre propre initiative.
order-policy = Nous l’avons traitée au titre de notre règle « { $title } ».
order-redress = Vous pouvez contester l’injonction devant les autorités ou les juridictions de l’État dont elle émane, selon le droit de cet État. Si vous estimez que nous avons fait plus que ce que l’injonction exige, vous pouvez nous le signaler gratuitement. Vous pouvez également saisir un tribunal.

## A decision was taken back

reversal-title = Une décision a été annulée
reversed = Nous avons annulé une décision antérieure concernant { $thing }. Les restrictions qu’elle prévoyait ne s’appliquent plus.
apology = Vous n’avez rien à faire. Nous vous prions de nous excuser pour la gêne occasionnée.

## Receipt of a notice (Art. 16(4) DSA)

receipt-title = Nous avons reçu votre signalement
received = Merci. Nous avons bien reçu votre signalement ; sa référence est { $reference }.
what-follows = Nous l’examinerons dès que possible et vous ferons savoir ce que nous avons décidé et ce que vous pouvez faire si vous n’êtes pas d’accord.
name-reference = Veuillez indiquer cette référence si vous nous écrivez à ce sujet.

## Answer to a notice (Art. 16(5) DSA)

notice-title = Notre réponse à votre signalement
notice-examined = Nous avons examiné votre signalement, dont la référence est { $reference }.
notice-nothing = Selon notre examen, { $thing } n’enfreint ni la loi ni nos règles. Rien ne change.
account-measured = Nous avons pris des mesures à l’encontre du compte dont provient le contenu que vous avez signalé.
reported-account-measured = Nous avons pris des mesures à l’encontre du compte que vous avez signalé.
notice-complaint = Si vous n’êtes pas d’accord, vous pouvez nous adresser une réclamation, par voie électronique et gratuitement, dans les six mois suivant la réception de cette réponse. Ce sont des personnes qui statuent sur les réclamations, jamais des moyens automatisés seuls.

## Answer to a complaint (Art. 20(5) DSA)

answer-title = Notre réponse à votre réclamation
examined = Nous avons examiné votre réclamation contre notre décision.
outcome-upheld = Notre décision est maintenue.
outcome-partly = Nous avons modifié notre décision en partie.
outcome-reversed = Nous avons annulé notre décision.
reasons = Nos motifs :
people-took-part = Des personnes ont examiné votre réclamation et statué sur celle-ci ; la décision n’a pas été prise uniquement par des moyens automatisés.

## What letters are about

thing-video = votre vidéo
thing-photo = votre photo
thing-livestream = votre direct
thing-comment = votre commentaire
thing-message = votre message
thing-post = votre publication
thing-profile = votre profil
thing-ad = votre publicité
thing-content = votre contenu
thing-account = votre compte
thing-reported-content = le contenu que vous avez signalé
thing-reported-account = le compte que vous avez signalé

## Where something was found

element-content-title = titre
element-content-text = texte
element-content-transcript = propos tenus
element-content-hashtags = hashtags
element-content-links = liens
element-content-hashes = fichier multimédia
element-account-handle = nom du compte
element-account-name = nom du compte
element-account-bio = description du compte
element-account-strikes = infractions antérieures à nos règles

## Features

feature-comments = commentaires
feature-follow = abonnement à d’autres comptes
feature-like = mentions « J’aime »
feature-live = diffusions en direct
feature-messages = messages privés
feature-post = publication de contenus
feature-share = partage

## Labels

label-check_official_source = à vérifier auprès d’une source officielle
label-election_centre = centre d’information sur les élections
label-election_information = informations sur les élections
label-exposed_influence_site = site identifié comme faisant partie d’une opération d’influence
label-paid_partnership = partenariat rémunéré
label-rated_false = jugé faux par des vérificateurs de faits indépendants
label-synthetic_media = créé ou modifié à l’aide de l’IA

## Member states of the European Union and the European Economic Area (ISO 3166-1 alpha-2)

country-AT = Autriche
country-BE = Belgique
country-BG = Bulgarie
country-CY = Chypre
country-CZ = Tchéquie
country-DE = Allemagne
country-DK = Danemark
country-EE = Estonie
country-ES = Espagne
country-FI = Finlande
country-FR = France
country-GR = Grèce
country-HR = Croatie
country-HU = Hongrie
country-IE = Irlande
country-IS = Islande
country-IT = Italie
country-LI = Liechtenstein
country-LT = Lituanie
country-LU = Luxembourg
country-LV = Lettonie
country-MT = Malte
country-NL = Pays-Bas
country-NO = Norvège
country-PL = Pologne
country-PT = Portugal
country-RO = Roumanie
country-SE = Suède
country-SI = Slovénie
country-SK = Slovaquie
