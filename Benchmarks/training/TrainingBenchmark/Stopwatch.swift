import Foundation

/// Wall time and processor time of this process.
struct Stopwatch {
  private let start = ContinuousClock.now
  private let startProcessor = Self.processorSeconds
  private(set) var wall = 0.0
  private(set) var processor = 0.0

  mutating func stop() {
    wall = (ContinuousClock.now - start) / .seconds(1)
    processor = Self.processorSeconds - startProcessor
  }

  /// The most memory that was resident at once.
  static var peakMegabytes: Int {
    #if os(macOS)
      usage.ru_maxrss >> 20
    #else
      usage.ru_maxrss >> 10
    #endif
  }

  private static var processorSeconds: Double {
    let usage = usage
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  private static var usage: rusage {
    var usage = rusage()
    #if os(macOS)
      _ = unsafe getrusage(RUSAGE_SELF, &usage)
    #else
      _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #endif
    return usage
  }
}
