# Reads Package.swift, then Swift sources. Prints each dependency that does not point down the levels that the manifest's
# headings give, each import that its target does not declare, and each import through another's door.

BEGIN {
  # Imports of a single folder, so that no other code sees a pointer, a handle or a status code.
  door["CArchives"] = "Sources/ParlaCorpusImport/Source/"
  door["CAudioFormats"] = "Sources/ParlaAudio/"
  door["CCompression"] = "Sources/ParlaFiles/"
  door["CBuild"] = "Sources/ParlaCommand/Output/"
  door["CFileAttributes"] = "Sources/ParlaFiles/"
  door["CMPI"] = "Sources/ParlaMPI/"
  door["CHeap"] = "Sources/ParlaCommand/Output/"
  door["CTorch"] = "Sources/ParlaTorch/"
  door["CKernels"] = "Sources/ParlaCPU/"
  door["NIOCore"] = door["NIOPosix"] = door["NIOHTTP1"] = door["NIOWebSocket"] = door["NIOSSL"] = "Sources/ParlaServer/Network/"
  secondDoor["NIOCore"] = secondDoor["NIOPosix"] = secondDoor["NIOWebSocket"] = "Tests/ParlaServerTests/"
  door["Yams"] = "Sources/ParlaModelDescription/"
  door["SwiftProtobuf"] = "Sources/ParlaModelExchange/"
  secondDoor["SwiftProtobuf"] = "Tests/ParlaModelExchangeTests/"
  secondDoor["Yams"] = "Sources/ParlaKur/Kurfiles/"

  # Recognition needs no more of Foundation than its essentials.
  split("ParlaPlatform ParlaFiles ParlaDescriptions ParlaAudio ParlaTranscripts ParlaCPU ParlaNeuralNetwork ParlaLanguageModel " \
    "ParlaDecoding ParlaAcousticModel ParlaRecognition", names, " ")
  for (number in names) isSlim[names[number]] = 1

  platform = -1.5
  foundation = -1
  doors = -2
  build = -3
  tests = 99
}

FILENAME == "Package.swift" && /^ *\/\/ Build/ { level = build }
FILENAME == "Package.swift" && /^ *\/\/ Platform/ { level = platform }
FILENAME == "Package.swift" && /^ *\/\/ Foundation/ { level = foundation }
FILENAME == "Package.swift" && /^ *\/\/ Level [0-9]/ { level = $3 + 0 }
FILENAME == "Package.swift" && /^ *\/\/ C doors/ { level = doors }
FILENAME == "Package.swift" && /^ *\/\/ Tests/ { level = tests }

# A target's name is the first after its opening; its dependencies are the quoted words after that word.
FILENAME == "Package.swift" {
  sub(/\/\/.*/, "")
  if ($0 ~ /^    \.[a-zA-Z]*[tT]arget\(/) { isInTarget = 1; target = ""; isInDependencies = 0 }
  if (isInTarget && target == "" && match($0, /name: "[A-Za-z0-9]+"/)) {
    target = substr($0, RSTART + 7, RLENGTH - 8)
    levelOf[target] = level
  }
  if (sub(/.*dependencies: *\[/, "")) isInDependencies = 1
  while (isInTarget && isInDependencies && match($0, /"[A-Za-z0-9-]+"/)) {
    dependency = substr($0, RSTART + 1, RLENGTH - 2)
    declared[target, dependency] = 1
    pairCount += 1
    user[pairCount] = target
    used[pairCount] = dependency
    lineOf[pairCount] = FNR
    $0 = substr($0, RSTART + RLENGTH)
  }
  next
}

!didCheckLevels {
  didCheckLevels = 1
  for (pair = 1; pair <= pairCount; pair++) {
    own = levelOf[user[pair]]
    if ((used[pair] in levelOf) && own != tests && levelOf[used[pair]] >= own)
      printf "Package.swift:%d: %s depends on %s, which is not on a lower level\n",
        lineOf[pair], user[pair], used[pair]
  }
}

/^ *(@[a-zA-Z]+ +)*((public|package|internal|private|fileprivate) +)?import +/ {
  module = $0
  sub(/^.*import +((struct|class|enum|protocol|func|var|let|typealias) +)?/, "", module)
  sub(/[^A-Za-z0-9_].*/, "", module)
  split(FILENAME, folder, "/")
  target = folder[2]
  if ((target in levelOf) && (module in levelOf) && module != target && !((target, module) in declared))
    printf "%s:%d: imports %s, which Package.swift does not declare for %s\n",
      FILENAME, FNR, module, target
  if (module == "Foundation" && folder[1] == "Sources" && (target in isSlim) && target != "ParlaPlatform")
    printf "%s:%d: imports Foundation, of which recognition needs the essentials only: import ParlaPlatform\n",
      FILENAME, FNR
  mayPass = index(FILENAME, door[module]) == 1 || (module in secondDoor) && index(FILENAME, secondDoor[module]) == 1
  if ((module in door) && !mayPass)
    printf "%s:%d: imports %s, which only %s may\n", FILENAME, FNR, module, door[module]
}
