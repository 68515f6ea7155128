/// Converts text to lower case by the rules of its language, including the final sigma.
///
/// The Unicode Standard 15.0, section 3.13 and SpecialCasing.txt: Σ at the end of a word is ς. Turkish and Azerbaijani
/// distinguish I and ı from İ and i; Lithuanian keeps the dot of i under an accent.
public struct LowerCase: Sendable, Equatable {
  private enum Rules: Sendable { case common, dottedI, lithuanian }

  private let rules: Rules

  /// Makes the rules of `language`, as in BCP 47 ("tr", "de-AT"); nil for those that all others share.
  ///
  /// Without a language, the letters of the target alphabet determine it: only Turkish and its
  /// relatives have ı.
  public init(language: String? = nil, letters: some Sequence<String> = EmptyCollection()) {
    let primary = language?.split(whereSeparator: { $0 == "-" || $0 == "_" }).first?.lowercased()
    rules =
      switch primary {
      case "tr", "az", "tur", "aze": .dottedI
      case "lt", "lit": .lithuanian
      case nil where letters.contains("ı"): .dottedI
      default: .common
      }
  }

  /// `text` in lower case.
  public func callAsFunction(_ text: String) -> String {
    guard rules != .common || text.utf8.contains(Self.firstByteOfSigma) else {
      return text.lowercased()
    }
    let scalars = Array(text.unicodeScalars)
    var lower: [Unicode.Scalar] = []
    lower.reserveCapacity(scalars.count)
    for (index, scalar) in scalars.enumerated() {
      let context = Context(scalars: scalars, index: index)
      lower.append(
        contentsOf: special(scalar, context) ?? scalar.properties.lowercaseMapping.unicodeScalars)
    }
    return String(String.UnicodeScalarView(lower))
  }

  /// What the text's language or the letters around make of `scalar`; nil for what is always made of it.
  private func special(
    _ scalar: Unicode.Scalar, _ context: Context
  ) -> String.UnicodeScalarView? {
    switch (rules, scalar) {
    case (_, "Σ"): context.endsWord ? "ς".unicodeScalars : nil
    case (.dottedI, "İ"): "i".unicodeScalars
    case (.dottedI, "I"): context.isBeforeDot ? "i".unicodeScalars : "ı".unicodeScalars
    case (.dottedI, "\u{307}") where context.followsCapitalI: String.UnicodeScalarView()
    case (.lithuanian, "I"), (.lithuanian, "J"), (.lithuanian, "Į"):
      context.isBeforeAccent
        ? (scalar.properties.lowercaseMapping + "\u{307}").unicodeScalars : nil
    case (.lithuanian, "Ì"): "i\u{307}\u{300}".unicodeScalars
    case (.lithuanian, "Í"): "i\u{307}\u{301}".unicodeScalars
    case (.lithuanian, "Ĩ"): "i\u{307}\u{303}".unicodeScalars
    default: nil
    }
  }

  private static let firstByteOfSigma: UInt8 = 0xCE
}

/// A code point with those around it: the conditions of SpecialCasing.txt.
private struct Context {
  let scalars: [Unicode.Scalar]
  let index: Int

  /// Final_Sigma: preceded by a letter and not followed by one; marks and apostrophes between do not count.
  var endsWord: Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && after?.properties.isCased != true
  }

  /// Before_Dot: a combining dot above follows, with no other mark above between.
  var isBeforeDot: Bool {
    let next = scalars[(index + 1)...].first { $0 == "\u{307}" || Self.isBaseOrAbove($0) }
    return next == "\u{307}"
  }

  /// After_I: the mark is above a capital I.
  var followsCapitalI: Bool {
    scalars[..<index].last(where: Self.isBaseOrAbove) == "I"
  }

  /// More_Above: the same letter has an accent above.
  var isBeforeAccent: Bool {
    let next = scalars[(index + 1)...].first(where: Self.isBaseOrAbove)
    return next?.properties.canonicalCombiningClass == .above
  }

  private static func isBaseOrAbove(_ scalar: Unicode.Scalar) -> Bool {
    let combiningClass = scalar.properties.canonicalCombiningClass
    return combiningClass == .notReordered || combiningClass == .above
  }
}
