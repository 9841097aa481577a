// The two languages of every sentence the product says, and the choice between them.
internal import Foundation

/// A language the product speaks.
package enum Language: String, CaseIterable, Sendable {
  case en
  case zh

  /// The language asked for, else that of the locale, else English.
  ///
  /// - Parameters:
  ///   - name: what `--lang` says, `en` or `zh`, or nil when it was not given.
  ///   - environment: the variables `LC_ALL`, `LC_MESSAGES` and `LANG` are tried in this order;
  ///     the first that is set decides.
  /// - Returns: the language to speak.
  /// - Throws: `LanguageFault` when `name` is no language of ours.
  package static func choose(
    _ name: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(LanguageFault) -> Language {
    if let name {
      guard let language = Language(rawValue: name.lowercased()) else {
        throw LanguageFault.unknown(name)
      }
      return language
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy
      .compactMap { environment[$0] }.first { !$0.isEmpty }
    return locale?.lowercased().hasPrefix("zh") == true ? .zh : .en
  }
}

/// One text in both languages.
package struct Bilingual: Sendable, Equatable {
  package let en: String
  package let zh: String

  package init(en: String, zh: String) {
    self.en = en
    self.zh = zh
  }

  package subscript(language: Language) -> String { language == .zh ? zh : en }
}
