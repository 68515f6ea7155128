import ArgumentParser
import CMachineLimits
import Foundation
import ParlaNeuralNetwork

/// What one core of this machine can do at best.
struct MachineLimits {
  /// Operations a second of products in a precision.
  let operations: [Precision: Double]
  /// Bytes a second from the second cache, the third, and memory.
  let (secondCache, thirdCache, memory): (Double, Double, Double)

  /// Measures them, in about two seconds.
  init() {
    var operations: [Precision: Double] = [:]
    for precision in Precision.allCases {
      operations[precision] = Self.multiplicationRate(KernelPath.best.limit(precision))
    }
    self.operations = operations
    secondCache = Self.readingRate(bytes: 512 << 10)
    thirdCache = Self.readingRate(bytes: 12 << 20)
    memory = Self.readingRate(bytes: 512 << 20)
  }

  private static func multiplicationRate(_ limit: parla_limit) -> Double {
    best { () -> Double in parla_limit_multiply(limit, 4_000_000) }
  }

  private static func readingRate(bytes: Int) -> Double {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 4096)
    defer { unsafe memory.deallocate() }
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 1, count: bytes)
    let rounds = max(1, (512 << 20) / bytes)
    return best { () -> Double in
      var kept: UInt32 = 0
      for _ in 0..<rounds { kept ^= unsafe parla_limit_read(memory, bytes) }
      return kept == 1 ? 0 : Double(rounds * bytes)
    }
  }

  /// The highest of several measured rates of work.
  private static func best(_ work: () -> Double) -> Double {
    (0..<5).map { _ in
      var time = Stopwatch()
      let amount = work()
      time.stop()
      return amount / time.processor
    }.max() ?? 0
  }
}

extension KernelPath {
  fileprivate func limit(_ precision: Precision) -> parla_limit {
    switch (self, precision) {
    case (.amx, .bfloat16): PARLA_LIMIT_AMX
    case (.avx512BFloat16, .bfloat16): PARLA_LIMIT_AVX512_BFLOAT16
    case (.amx, _), (.avx512BFloat16, _), (.avx512, _): PARLA_LIMIT_AVX512
    case (.avx2, _): PARLA_LIMIT_AVX2
    case (.portable, _), (.amxModel, _): PARLA_LIMIT_PORTABLE
    }
  }
}

struct Limits: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Operations and bytes a second that one core can do at best.")

  func run() {
    let limits = MachineLimits()
    print("instructions: \(KernelPath.best.rawValue)")
    for precision in Precision.allCases {
      let rate = (limits.operations[precision] ?? 0) / 1e9
      print("\(precision.rawValue): \(Int(rate.rounded())) billion operations a second")
    }
    let rates = [
      ("second cache", limits.secondCache), ("third cache", limits.thirdCache),
      ("memory", limits.memory),
    ]
    for (name, rate) in rates { print("\(name): \(Int((rate / 1e9).rounded())) GB/s read") }
  }
}
