import ArgumentParser
import Foundation
import ParlaLanguageModel
import ParlaLanguageModelBuilding

/// What `--discount-fallback` says.
struct FallbackChoice: ExpressibleByArgument {
  let discounts: DiscountFallback

  init(discounts: DiscountFallback) { self.discounts = discounts }

  init?(argument: String) {
    switch argument {
    case "auto": discounts = .use(.fallback)
    case "refuse": discounts = .refuse
    default:
      let numbers = argument.split(separator: ",").map { Float($0) }
      let values = numbers.compactMap(\.self)
      guard values.count == numbers.count, let chosen = try? KneserNeyDiscounts(values) else {
        return nil
      }
      discounts = .use(chosen)
    }
  }

  var defaultValueDescription: String { "auto" }
}

/// An amount of memory as GNU sort spells it: a number and one of b, K, M, G, T, P or %.
struct MemorySize: ExpressibleByArgument {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let units: [Character: Double] = [
      "b": 1, "k": 0x1p10, "K": 0x1p10, "M": 0x1p20, "G": 0x1p30, "T": 0x1p40, "P": 0x1p50,
      "%": Double(ProcessInfo.processInfo.physicalMemory) / 100,
    ]
    let unit = argument.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? argument : String(argument.dropLast())), number > 0,
      number * (unit ?? 0x1p10) < 0x1p60, argument.last != "%" || number <= 100
    else { return nil }
    bytes = Int(number * (unit ?? 0x1p10))
  }

  var defaultValueDescription: String { "80%" }
}

/// Counts, one an order: `0 0 1` as words of their own or as one, or `0|0|1` as DeepSpeech writes it.
struct PruningCounts: ExpressibleByArgument {
  let counts: [Int]

  init?(argument: String) {
    let parts = argument.split { $0 == "|" || $0 == "," || $0.isWhitespace }
    counts = parts.compactMap { Int($0) }
    guard !parts.isEmpty, counts.count == parts.count else { return nil }
  }
}
