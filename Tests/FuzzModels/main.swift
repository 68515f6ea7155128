import Foundation
import ParlaTestSupport

// Usage: FuzzModels FOLDER COUNT [SEED [NAME]]
// Damages COUNT copies of each kind of file that a model, a checkpoint or an array can be, or of those whose name has NAME in
// it, and does with them what the program does: inspects, recognises, exports, transfers, trains on, decodes. A crash, more
// than a GiB of memory or more than two seconds of processor time for a copy is a failure; what was opened last is left in
// FOLDER. Each copy is written more than once, so FOLDER is best in memory.

/// What the process has used so far.
func usage() -> rusage {
  var usage = rusage()
  _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage
}

/// Seconds of processor time, which other programs on the machine do not change.
func processorSeconds() -> Double {
  let (user, system) = (usage().ru_utime, usage().ru_stime)
  return Double(user.tv_sec + system.tv_sec) + Double(user.tv_usec + system.tv_usec) * 1e-6
}

/// Opens `count` damaged copies of `target`, and says how many opened, how long the slowest took and what memory grew to.
func survive(_ target: Target, _ folder: String, _ count: Int, _ mutator: inout Mutator) throws {
  let damaged = URL(fileURLWithPath: "\(folder)/\(target.damagedName)")
  var (openedCount, slowest) = (0, 0.0)
  let former = usage().ru_maxrss
  for round in 0..<count {
    try target.prepare()
    let bytes = target.repaired(mutator.mutated(target.bytes))
    try Data(bytes).write(to: damaged)
    try target.repair(bytes)
    let start = processorSeconds()
    do {
      if try target.open(round) { openedCount += 1 }
    } catch {
      // Whatever is thrown says what is wrong with the file.
    }
    slowest = max(slowest, processorSeconds() - start)
  }
  let grown = (usage().ru_maxrss - former) / 1000
  let report =
    "\(target.name): \(count) damaged copies of \(target.bytes.count) bytes, \(openedCount) opened, "
    + "slowest \(slowest) s, memory grew by \(grown) MB\n"
  try FileHandle.standardOutput.write(contentsOf: Data(report.utf8))
  guard slowest < (isSanitized ? 20 : 2) else { exit(1) }
}

/// Whether a sanitizer watches, which takes memory and time of its own.
let isSanitized = unsafe dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

let arguments = CommandLine.arguments
guard arguments.count >= 3, let count = Int(arguments[2]) else {
  FileHandle.standardError.write(Data("Usage: FuzzModels FOLDER COUNT [SEED [NAME]]\n".utf8))
  exit(2)
}
if !isSanitized {
  var limit = rlimit(rlim_cur: 1 << 30, rlim_max: 1 << 30)
  _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
}
var mutator = Mutator(seed: arguments.count > 3 ? UInt64(arguments[3]) ?? 1 : 1)
let name = arguments.count > 4 ? arguments[4] : ""
for target in try targets(arguments[1]) where name.isEmpty || target.name.contains(name) {
  try survive(target, arguments[1], count, &mutator)
}
