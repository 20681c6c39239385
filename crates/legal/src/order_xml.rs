//! A removal order in XML: Annex I of Regulation (EU) 2021/784 (TCO), read into the same
//! [`Order`] as its JSON.
//!
//! The Regulation prescribes no format for machines. The elements are ours and have the names of
//! the JSON of [`AnnexOne`], in any order, each at most once and all of them optional:
//! [`Order::missing`] reports what an order lacks.
//!
//! ```xml
//! <removal_order>
//!   <reference/> <issued_at/> <received_at/> <issuing_member_state/> <language/> <emergency/>
//!   <A> <addressee/> <legal_representative/> <contact_point/>
//!       <member_state_main_establishment/> </A>
//!   <B> <urls><url/>…</urls> <identification/> <material><type/>…</material> <additional/> </B>
//!   <C> <refrain_from_informing/> <until/> </C>
//!   <D> <other_member_state/> <copy_sent/> </D>
//!   <E> <authority_type/> <name/> <representative/> <post/> <file_no/> <address/> <telephone/>
//!       <fax/> <email/> <date/> <stamp/> <signature/> <authenticated_channel/> </E>
//!   <F> <feedback_contact/> <host_authority_contact/> </F>
//!   <G> <court/> <deadline/> <national_law_url/> </G>
//! </removal_order>
//! ```
//!
//! Boxes are `true` or `false`. There are no attributes, no document type, no processing
//! instructions and no entities but the five predefined ones and characters by number, so that a
//! document can neither fetch nor grow. Anything not listed above is refused by name.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde_json::{Map, Value};

use crate::annex::AnnexOne;
use crate::order::{ITEMS_MAX, Order, OrderError, SIZE_BYTES_MAX, cut};

/// The deepest nesting of elements.
pub const DEPTH_MAX: usize = 32;

/// The most elements in a document.
pub const ELEMENTS_MAX: usize = 4 * ITEMS_MAX;

/// The name of the outermost element.
const ROOT: &str = "removal_order";

/// Why a document was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// It is too large.
    #[error("the order has {0} bytes, more than {max}; send it in parts", max = SIZE_BYTES_MAX)]
    TooLarge(usize),
    /// It is not text.
    #[error("the order is not UTF-8; write it in UTF-8")]
    NotUtf8,
    /// It declares a document type.
    #[error("the order has a DOCTYPE; leave it out")]
    DocType,
    /// It contains a processing instruction.
    #[error("the order has a processing instruction; leave it out")]
    Instruction,
    /// It uses an unknown entity.
    #[error("`&{0};` is not known; write the character itself")]
    Entity(String),
    /// Its elements are nested too deeply.
    #[error("elements lie more than {max} deep in one another; follow annex I", max = DEPTH_MAX)]
    TooDeep,
    /// It has too many elements.
    #[error("the order has more than {max} elements; send it in parts", max = ELEMENTS_MAX)]
    TooManyElements,
    /// An element has attributes.
    #[error("`{0}` has attributes; write what they say as elements")]
    Attributes(String),
    /// An element is in the wrong place.
    #[error("`{element}` is not known within `{within}`; leave it out or correct its name")]
    Unknown {
        /// The element.
        element: String,
        /// The element that contains it; empty for the document itself.
        within: String,
    },
    /// An element occurs twice.
    #[error("`{0}` is there more than once; write it once")]
    Repeated(String),
    /// There is text between elements.
    #[error("there is text between the elements of `{0}`; put it into one of them")]
    StrayText(String),
    /// A box is neither ticked nor empty.
    #[error("`{element}` is `{text}`; write `true` or `false`")]
    Box {
        /// The element.
        element: String,
        /// Its text.
        text: String,
    },
    /// It is not well-formed.
    #[error("the order is no well-formed XML near byte {0}; correct it and send it again")]
    Broken(u64),
    /// A value is not one of those allowed.
    #[error(transparent)]
    Order(#[from] OrderError),
}

/// The content of an element.
enum Shape {
    /// Text.
    Text,
    /// `true` or `false`.
    Box,
    /// Elements of one name, each with text.
    List(&'static str),
    /// Elements of various names.
    Group(&'static [(&'static str, Shape)]),
}

const ANNEX_ONE: &[(&str, Shape)] = &[
    ("reference", Shape::Text),
    ("issued_at", Shape::Text),
    ("received_at", Shape::Text),
    ("issuing_member_state", Shape::Text),
    ("language", Shape::Text),
    ("emergency", Shape::Box),
    ("A", Shape::Group(SECTION_A)),
    ("B", Shape::Group(SECTION_B)),
    ("C", Shape::Group(SECTION_C)),
    ("D", Shape::Group(SECTION_D)),
    ("E", Shape::Group(SECTION_E)),
    ("F", Shape::Group(SECTION_F)),
    ("G", Shape::Group(SECTION_G)),
];

const SECTION_A: &[(&str, Shape)] = &[
    ("addressee", Shape::Text),
    ("legal_representative", Shape::Text),
    ("contact_point", Shape::Text),
    ("member_state_main_establishment", Shape::Text),
];

const SECTION_B: &[(&str, Shape)] = &[
    ("urls", Shape::List("url")),
    ("identification", Shape::Text),
    ("material", Shape::List("type")),
    ("additional", Shape::Text),
];

const SECTION_C: &[(&str, Shape)] =
    &[("refrain_from_informing", Shape::Box), ("until", Shape::Text)];

const SECTION_D: &[(&str, Shape)] =
    &[("other_member_state", Shape::Box), ("copy_sent", Shape::Box)];

const SECTION_E: &[(&str, Shape)] = &[
    ("authority_type", Shape::Text),
    ("name", Shape::Text),
    ("representative", Shape::Text),
    ("post", Shape::Text),
    ("file_no", Shape::Text),
    ("address", Shape::Text),
    ("telephone", Shape::Text),
    ("fax", Shape::Text),
    ("email", Shape::Text),
    ("date", Shape::Text),
    ("stamp", Shape::Text),
    ("signature", Shape::Text),
    ("authenticated_channel", Shape::Box),
];

const SECTION_F: &[(&str, Shape)] =
    &[("feedback_contact", Shape::Text), ("host_authority_contact", Shape::Text)];

const SECTION_G: &[(&str, Shape)] =
    &[("court", Shape::Text), ("deadline", Shape::Text), ("national_law_url", Shape::Text)];

/// Reads a removal order in XML. The time of receipt stated by the sender is dropped.
pub fn parse_xml(bytes: &[u8]) -> Result<Order, XmlError> {
    if bytes.len() > SIZE_BYTES_MAX {
        return Err(XmlError::TooLarge(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::NotUtf8)?;
    let root = tree(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    if root.name != ROOT {
        return Err(XmlError::Unknown { element: cut(&root.name), within: String::new() });
    }
    let mut fields = group(&root, ANNEX_ONE)?;
    fields.insert("annex".to_owned(), Value::from("I"));
    let annex: AnnexOne = serde_json::from_value(Value::Object(fields))
        .map_err(|error| OrderError::Unreadable(cut(&error.to_string())))?;
    Ok(Order::from(annex).bounded()?)
}

/// An element with its own text and the elements within.
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// Reads the document as elements; their depth and number are bounded.
fn tree(text: &str) -> Result<Element, XmlError> {
    let mut reader = Reader::from_str(text);
    let mut document = Document::default();
    loop {
        let event = reader.read_event();
        let place = reader.buffer_position();
        match event.map_err(|_| XmlError::Broken(place))? {
            Event::Eof if document.open.is_empty() => {
                return document.root.ok_or(XmlError::Broken(place));
            }
            Event::Eof => return Err(XmlError::Broken(place)),
            event => document.take(&event, place)?,
        }
    }
}

/// A document being read.
#[derive(Default)]
struct Document {
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
}

impl Document {
    fn take(&mut self, event: &Event<'_>, place: u64) -> Result<(), XmlError> {
        match event {
            Event::Start(tag) => self.open(tag, place)?,
            Event::End(_) => self.close(),
            Event::Empty(tag) => {
                self.open(tag, place)?;
                self.close();
            }
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => self.text(&text.xml10_content())?,
            Event::GeneralRef(entity) => self.entity(entity)?,
            Event::DocType(_) => return Err(XmlError::DocType),
            Event::PI(_) => return Err(XmlError::Instruction),
            Event::Comment(_) | Event::Decl(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn open(&mut self, tag: &BytesStart<'_>, place: u64) -> Result<(), XmlError> {
        let name = tag.name().into_inner().to_owned();
        if !tag.attributes_raw().trim().is_empty() {
            return Err(XmlError::Attributes(cut(&name)));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(XmlError::TooDeep);
        }
        if self.count >= ELEMENTS_MAX {
            return Err(XmlError::TooManyElements);
        }
        if self.root.is_some() {
            return Err(XmlError::Broken(place));
        }
        self.count += 1;
        self.open.push(Element { name, text: String::new(), children: Vec::new() });
        Ok(())
    }

    /// Closes the innermost element; the reader guarantees that its name matches.
    fn close(&mut self) {
        let Some(element) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(XmlError::StrayText("the document".to_owned())),
        }
        Ok(())
    }

    fn entity(&mut self, entity: &BytesRef<'_>) -> Result<(), XmlError> {
        let name = entity.xml10_content();
        let unknown = || XmlError::Entity(cut(&name));
        if entity.is_char_ref() {
            let sign = entity.resolve_char_ref().ok().flatten().filter(|sign| is_allowed(*sign));
            return self.text(&sign.ok_or_else(unknown)?.to_string());
        }
        let text = match &*name {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "apos" => "'",
            "quot" => "\"",
            _ => return Err(unknown()),
        };
        self.text(text)
    }
}

/// Whether a character given by number is allowed in a document.
fn is_allowed(sign: char) -> bool {
    !sign.is_control() || matches!(sign, '\t' | '\n' | '\r')
}

/// The elements within `element` as JSON, by the names that `shapes` lists.
fn group(element: &Element, shapes: &[(&str, Shape)]) -> Result<Map<String, Value>, XmlError> {
    without_text(element)?;
    let mut fields = Map::new();
    for child in &element.children {
        let shape = shapes.iter().find(|(name, _)| *name == child.name);
        let Some((_, shape)) = shape else { return Err(misplaced(child, element)) };
        let value = value(child, shape)?;
        if fields.insert(child.name.clone(), value).is_some() {
            return Err(XmlError::Repeated(cut(&child.name)));
        }
    }
    Ok(fields)
}

fn value(element: &Element, shape: &Shape) -> Result<Value, XmlError> {
    match shape {
        Shape::Text => text(element).map(Value::from),
        Shape::Box => ticked(element).map(Value::from),
        Shape::List(name) => list(element, name).map(Value::from),
        Shape::Group(shapes) => group(element, shapes).map(Value::Object),
    }
}

/// The text of an element without child elements.
fn text(element: &Element) -> Result<&str, XmlError> {
    match element.children.first() {
        Some(child) => Err(misplaced(child, element)),
        None => Ok(element.text.trim()),
    }
}

fn ticked(element: &Element) -> Result<bool, XmlError> {
    match text(element)? {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        text => Err(XmlError::Box { element: cut(&element.name), text: cut(text) }),
    }
}

fn list(element: &Element, name: &str) -> Result<Vec<Value>, XmlError> {
    without_text(element)?;
    let item = |child: &Element| {
        if child.name == name {
            text(child).map(Value::from)
        } else {
            Err(misplaced(child, element))
        }
    };
    element.children.iter().map(item).collect()
}

fn without_text(element: &Element) -> Result<(), XmlError> {
    if element.text.trim().is_empty() {
        return Ok(());
    }
    Err(XmlError::StrayText(cut(&element.name)))
}

fn misplaced(child: &Element, element: &Element) -> XmlError {
    XmlError::Unknown { element: cut(&child.name), within: cut(&element.name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <!-- an example -->
        <removal_order>
          <reference>FR-2026-0042</reference>
          <issued_at>2026-08-01T09:58:00Z</issued_at>
          <received_at>2020-01-01T00:00:00Z</received_at>
          <issuing_member_state>FR</issuing_member_state>
          <language>fr</language>
          <emergency>false</emergency>
          <A><addressee>Example Video Ltd</addressee><legal_representative/>
            <contact_point>tco@video.example</contact_point>
            <member_state_main_establishment>IE</member_state_main_establishment></A>
          <B><urls><url>https://video.example/v/123?a=1&amp;b=2</url>
              <url><![CDATA[https://video.example/v/124]]></url></urls>
            <identification>the second half</identification>
            <material><type>d</type><type>a</type></material>
            <additional>It shows &#34;how&quot; to build one.</additional></B>
          <C><refrain_from_informing>true</refrain_from_informing><until>2026-08-20</until></C>
          <D><other_member_state>1</other_member_state><copy_sent>true</copy_sent></D>
          <E><authority_type>law_enforcement</authority_type>
            <name>Office of Example Matters</name><representative>A. Person</representative>
            <post>head</post><file_no>42</file_no><address>1 Example Street</address>
            <telephone>1</telephone><fax>2</fax><email>x@authority.example</email>
            <date>2026-08-01</date><stamp>yes</stamp><signature>signed</signature>
            <authenticated_channel>true</authenticated_channel></E>
          <F><feedback_contact>x@authority.example</feedback_contact>
            <host_authority_contact>y@authority.example</host_authority_contact></F>
          <G><court>Court of Example</court><deadline>2 months</deadline>
            <national_law_url>https://law.example/</national_law_url></G>
        </removal_order>"#;

    const SAME: &str = r#"{"annex":"I","reference":"FR-2026-0042",
        "issued_at":"2026-08-01T09:58:00Z","issuing_member_state":"FR","language":"fr",
        "A":{"addressee":"Example Video Ltd","contact_point":"tco@video.example",
            "member_state_main_establishment":"IE"},
        "B":{"urls":["https://video.example/v/123?a=1&b=2","https://video.example/v/124"],
            "identification":"the second half","material":["d","a"],
            "additional":"It shows \"how\" to build one."},
        "C":{"refrain_from_informing":true,"until":"2026-08-20"},
        "D":{"other_member_state":true,"copy_sent":true},
        "E":{"authority_type":"law_enforcement","name":"Office of Example Matters",
            "representative":"A. Person","post":"head","file_no":"42",
            "address":"1 Example Street","telephone":"1","fax":"2",
            "email":"x@authority.example","date":"2026-08-01","stamp":"yes",
            "signature":"signed","authenticated_channel":true},
        "F":{"feedback_contact":"x@authority.example",
            "host_authority_contact":"y@authority.example"},
        "G":{"court":"Court of Example","deadline":"2 months",
            "national_law_url":"https://law.example/"}}"#;

    fn read(inside: &str) -> Result<Order, XmlError> {
        parse_xml(format!("<removal_order>{inside}</removal_order>").as_bytes())
    }

    fn unknown(element: &str, within: &str) -> XmlError {
        XmlError::Unknown { element: element.into(), within: within.into() }
    }

    #[test]
    fn xml_and_json_of_the_same_order_are_the_same_order() {
        let order = parse_xml(EXAMPLE.as_bytes()).unwrap();
        assert_eq!(order, Order::parse_json(SAME.as_bytes()).unwrap());
        assert!(order.missing().is_empty(), "{:?}", order.missing());
        let marked = format!("\u{feff}{EXAMPLE}");
        assert_eq!(parse_xml(marked.as_bytes()), Ok(order));
    }

    #[test]
    fn every_field_of_annex_i_has_its_element() {
        let json = serde_json::to_value(AnnexOne::default()).unwrap();
        assert_names(ANNEX_ONE, &json);
    }

    fn assert_names(shapes: &[(&str, Shape)], json: &Value) {
        let mut fields: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        fields.retain(|field| *field != "annex");
        let mut names: Vec<&str> = shapes.iter().map(|(name, _)| *name).collect();
        fields.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, fields);
        for (name, shape) in shapes {
            if let Shape::Group(shapes) = shape {
                assert_names(shapes, json.get(name).unwrap());
            }
        }
    }

    #[test]
    fn an_order_that_lacks_everything_is_read_and_told_what_it_lacks() {
        let order = parse_xml(b"<removal_order/>").unwrap();
        assert!(order.missing().len() > 5);
        assert_eq!(order.legal_basis, "Art. 3 of Regulation (EU) 2021/784");
        let dated = read("<issued_at>yesterday</issued_at>").unwrap();
        assert_eq!(dated.issued_at.0, "yesterday");
    }

    #[test]
    fn what_is_not_in_annex_i_is_refused_by_name() {
        assert_eq!(read("<colour>red</colour>"), Err(unknown("colour", "removal_order")));
        assert_eq!(read("<B><link>x</link></B>"), Err(unknown("link", "B")));
        assert_eq!(read("<B><urls><uri>x</uri></urls></B>"), Err(unknown("uri", "urls")));
        assert_eq!(read("<reference><b>1</b></reference>"), Err(unknown("b", "reference")));
        assert_eq!(parse_xml(b"<order/>"), Err(unknown("order", "")));
        let odd = read("<B><material><type>f</type></material></B>").unwrap_err();
        assert!(odd.to_string().contains("`f`"), "{odd}");
    }

    #[test]
    fn what_is_said_twice_or_between_elements_is_refused() {
        let twice = read("<reference>1</reference><reference>2</reference>");
        assert_eq!(twice, Err(XmlError::Repeated("reference".into())));
        assert_eq!(read("<B>hello</B>"), Err(XmlError::StrayText("B".into())));
        let urls = read("<B><urls>https://video.example/v/1</urls></B>");
        assert_eq!(urls, Err(XmlError::StrayText("urls".into())));
    }

    #[test]
    fn a_box_is_ticked_or_not() {
        let text = "maybe".to_owned();
        let element = "copy_sent".to_owned();
        let maybe = read("<D><copy_sent>maybe</copy_sent></D>");
        assert_eq!(maybe, Err(XmlError::Box { element, text }));
        assert!(!read("<D><copy_sent> false </copy_sent></D>").unwrap().copy_sent);
    }

    #[test]
    fn a_document_type_is_refused_whatever_it_declares() {
        let laughs = r#"<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY l2 "&lol;&lol;">]>
            <removal_order><reference>&l2;</reference></removal_order>"#;
        assert_eq!(parse_xml(laughs.as_bytes()), Err(XmlError::DocType));
        let outside = r#"<!DOCTYPE r SYSTEM "file:///etc/passwd"><removal_order/>"#;
        assert_eq!(parse_xml(outside.as_bytes()), Err(XmlError::DocType));
    }

    #[test]
    fn only_predefined_entities_and_allowed_characters_are_known() {
        let reference = |text: &str| read(&format!("<reference>{text}</reference>"));
        let known = reference("&lt;&gt;&amp;&apos;&quot;&#x41;&#233;").unwrap();
        assert_eq!(known.reference, "<>&'\"Aé");
        assert_eq!(reference("&xxe;"), Err(XmlError::Entity("xxe".into())));
        for text in ["&#0;", "&#1;", "&#xD800;", "&#99999999;", "&#;"] {
            assert!(matches!(reference(text), Err(XmlError::Entity(_))), "{text}");
        }
    }

    #[test]
    fn attributes_and_instructions_are_refused() {
        let attributed = parse_xml(br#"<removal_order xmlns="urn:x"/>"#);
        assert_eq!(attributed, Err(XmlError::Attributes("removal_order".into())));
        assert_eq!(read("<?php echo 1 ?>"), Err(XmlError::Instruction));
    }

    #[test]
    fn what_is_broken_is_refused() {
        for xml in [
            "",
            "hello",
            "<removal_order>",
            "<removal_order></A>",
            "<removal_order><A></removal_order></A>",
            "<removal_order/><removal_order/>",
            "<removal_order>&lt</removal_order>",
            "<removal_order><",
            "</removal_order>",
        ] {
            let error = parse_xml(xml.as_bytes()).unwrap_err();
            assert!(
                matches!(error, XmlError::Broken(_) | XmlError::StrayText(_)),
                "{xml}: {error}"
            );
        }
        assert_eq!(parse_xml(b"<removal_order>\xff</removal_order>"), Err(XmlError::NotUtf8));
        let json = parse_xml(b"{\"annex\":\"I\"}").unwrap_err();
        assert!(matches!(json, XmlError::StrayText(_)), "{json}");
    }

    #[test]
    fn what_is_huge_or_deep_is_refused_without_harm() {
        let large = vec![b' '; SIZE_BYTES_MAX + 1];
        assert_eq!(parse_xml(&large), Err(XmlError::TooLarge(SIZE_BYTES_MAX + 1)));
        let deep = "<a>".repeat(300_000);
        assert_eq!(parse_xml(deep.as_bytes()), Err(XmlError::TooDeep));
        assert_eq!(read(&"<a/>".repeat(ELEMENTS_MAX)), Err(XmlError::TooManyElements));
        let urls = "<url>u</url>".repeat(ITEMS_MAX + 1);
        let many = read(&format!("<B><urls>{urls}</urls></B>"));
        assert_eq!(many, Err(XmlError::Order(OrderError::TooMany(ITEMS_MAX + 1))));
        let name = "x".repeat(100_000);
        assert!(read(&format!("<{name}/>")).unwrap_err().to_string().len() < 1_000);
    }
}
