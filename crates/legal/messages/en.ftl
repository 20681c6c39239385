# English: letters to persons.
#
# $thing is what the letter is about, as the subject of its sentence; $Thing is the same at the
# beginning of a sentence.

language = English

## Measures. A named one says which label or message.

effect-remove = We have removed { $thing }.
effect-disable = { $Thing } is not shown in { $places }: { $list }.
effect-age_restrict = { $Thing } is shown to adults only.
effect-limit = { $Thing } is no longer recommended to others.
effect-restrict_interaction = Others cannot comment on, reuse or share { $thing }.
effect-label = { $Thing } is shown with a label.
effect-label-named = { $Thing } is shown with a label: “{ $label }”.
effect-prompt = People see a message before they open { $thing }.
effect-prompt-named = People see a message before they open { $thing }: “{ $label }”.
effect-demonetise = You cannot earn money with { $thing }.
effect-suspend_feature = You cannot use this feature { $time }: { $feature }.
effect-terminate_account = Your account is closed permanently.
effect-suspend_account = Your account is suspended { $time }.

## Times and places

days = { $number ->
    [one] { $number } day
   *[other] { $number } days
}
for-days = for { $days }
indefinitely = until further notice
places = { $number ->
    [one] this country
   *[other] these countries
}

## Statement of reasons (Art. 17 DSA)

decision-title = Our decision and the reasons for it
decided = We have taken the following decision:
about = This concerns { $thing }{ $title } (reference { $reference }).
titled = { " " }“{ $title }”
everywhere = This applies wherever our service is available.
elsewhere = Where no countries are named, this applies wherever our service is available.
territory = This applies in { $places }: { $list }.
lasting = No end date is set.
ending = The measure ends by itself when the time stated above is over.
partly-ending = Where a time is stated, the measure ends by itself when it is over; for everything else, no end date is set.
replaces = This decision takes the place of an earlier one. Measures of the earlier decision that are not listed here no longer apply.
own-initiative = We acted on our own initiative.
after-notice = We acted after we had received a notice (Article 16 of the Digital Services Act). We do not disclose who sent it.
after-appeal = We looked at the matter again after a complaint against an earlier decision.
rests-on = The decision rests on { $thing } itself and on how it was used or shared.
elements = These elements mattered: { $list }.
found-by-machine = The matter was found by automated means.
found-by-others = The matter was brought to our attention; it was not found by automated means.
found-by-both = Both automated means and people look for breaches of our rules.
decided-by-machine = The decision was taken by automated means, without the involvement of a person.
decided-by-both = Automated means took part in the decision; a person also took part or will still look at the matter.
decided-by-people = The decision was taken by a person, not by automated means.
policy = The ground for this decision is our policy “{ $title }”, which is part of our terms and conditions.
policy-text = It reads: “{ $text }”
why = The facts set out above are what this policy is about; that is why { $thing } falls under it.
complaint = If you disagree, you can complain to us electronically and free of charge within six months of receiving this letter. People decide on complaints, never automated means alone.
bodies = You can turn to an out-of-court dispute settlement body certified under Article 21 of the Digital Services Act (Regulation (EU) 2022/2065). You can also go to court.

## Information about an order (Art. 9(5) DSA)

order-title = Information about an order of an authority
ordered = An administrative or judicial authority has sent us an order about { $thing }. The law obliges us to carry out such orders. This is what we have done:
because-ordered = We acted because of this order, not on our own initiative.
order-policy = We dealt with it under our policy “{ $title }”.
order-redress = You can challenge the order before the authorities or courts of the state that it comes from, as the law of that state provides. If you think that we did more than the order demands, you can tell us so free of charge. You can also go to court.

## A decision was taken back

reversal-title = A decision was taken back
reversed = We have taken back an earlier decision about { $thing }. What it restricted is lifted.
apology = You do not need to do anything. We apologise for the inconvenience.

## Receipt of a notice (Art. 16(4) DSA)

receipt-title = We have received your notice
received = Thank you. We have received your notice; its reference is { $reference }.
what-follows = We will look at it as soon as possible and will tell you what we have decided and what you can do if you disagree.
name-reference = Please state the reference if you write to us about it.

## Answer to a notice (Art. 16(5) DSA)

notice-title = Our answer to your notice
notice-examined = We have examined your notice with the reference { $reference }.
notice-nothing = We found that { $thing } breaks neither the law nor our rules. Nothing changes.
account-measured = We have taken measures against the account behind the content that you reported.
reported-account-measured = We have taken measures against the account that you reported.
notice-complaint = If you disagree, you can complain to us electronically and free of charge within six months of receiving this answer. People decide on complaints, never automated means alone.

## Answer to a complaint (Art. 20(5) DSA)

answer-title = Our answer to your complaint
examined = We have examined your complaint against our decision.
outcome-upheld = Our decision stands.
outcome-partly = We have changed our decision in part.
outcome-reversed = We have taken our decision back.
reasons = Our reasons:
people-took-part = People examined your complaint and decided on it; it was not decided by automated means alone.

## What letters are about

thing-video = your video
thing-photo = your photo
thing-livestream = your livestream
thing-comment = your comment
thing-message = your message
thing-post = your post
thing-profile = your profile
thing-ad = your ad
thing-content = your content
thing-account = your account
thing-reported-content = the content that you reported
thing-reported-account = the account that you reported

## Where something was found

element-content-title = title
element-content-text = text
element-content-transcript = spoken words
element-content-hashtags = hashtags
element-content-links = links
element-content-hashes = media file
element-account-handle = account name
element-account-name = account name
element-account-bio = account description
element-account-strikes = earlier breaches of our rules

## Features

feature-comments = comments
feature-follow = following other accounts
feature-like = likes
feature-live = livestreams
feature-messages = private messages
feature-post = posting
feature-share = sharing

## Labels

label-check_official_source = check an official source
label-election_centre = election information centre
label-election_information = information about the election
label-exposed_influence_site = website exposed as part of an influence operation
label-paid_partnership = paid partnership
label-rated_false = rated false by independent fact-checkers
label-synthetic_media = made or changed with AI

## Member states of the European Union and the European Economic Area (ISO 3166-1 alpha-2)

country-AT = Austria
country-BE = Belgium
country-BG = Bulgaria
country-CY = Cyprus
country-CZ = Czechia
country-DE = Germany
country-DK = Denmark
country-EE = Estonia
country-ES = Spain
country-FI = Finland
country-FR = France
country-GR = Greece
country-HR = Croatia
country-HU = Hungary
country-IE = Ireland
country-IS = Iceland
country-IT = Italy
country-LI = Liechtenstein
country-LT = Lithuania
country-LU = Luxembourg
country-LV = Latvia
country-MT = Malta
country-NL = Netherlands
country-NO = Norway
country-PL = Poland
country-PT = Portugal
country-RO = Romania
country-SE = Sweden
country-SI = Slovenia
country-SK = Slovakia
