// Constants and formulas of the cost estimates: knowledge/costs.yaml and knowledge/formulas.yaml.

/// A sourced constant of the cost tables.
package struct CostConstant: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case evidence
    case derived
    case fallback = "default"
    case definition
  }

  package let id: String
  package let value: Double
  package let unit: String
  package let text: Bilingual
  /// Where it comes from: a published figure, a derivation, a default of ours, a definition.
  package let kind: Kind
  /// References to figures or evidence files that give the value.
  package let evidence: [String]
}

/// A formula over answers, constants and earlier formulas, kept as text so that it can be shown.
package struct Formula: Sendable, Equatable {
  package enum Unit: String, Sendable, CaseIterable {
    case count
    case days
    case tokens
    case gigabytes
    case hours
    case queries
    case money
    case share
  }

  package let id: String
  package let title: Bilingual
  /// Heading it is shown under: `prompt`, `memory`, `time`, `break-even`, `business`; `inner` for
  /// those that only others use.
  package let topic: String
  package let unit: Unit
  /// Such as `queries_per_day * days_per_month * prompt_tokens`.
  package let text: String
  package let expression: Expression
  /// Questions that must be answered before it is shown; others use their defaults.
  package let needs: [String]
  package let note: Bilingual?
  package let evidence: [String]
}
