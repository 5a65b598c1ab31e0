// SPDX-License-Identifier: Apache-2.0
#include "capi/source_line.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <type_traits>
#include <unordered_map>

namespace weir::capi {

namespace {

/// Hands out a private member of a class: the names in an explicit instantiation are not subject to access
/// control. So the compiler proves what is assumed about libstdc++, and the record has its true type for
/// alias analysis.
template <class Tag, auto Member>
struct Expose {
    friend consteval auto member_of(Tag) { return Member; }
};
struct LocationRecord {
    friend consteval auto member_of(LocationRecord);
};
template struct Expose<LocationRecord, &std::source_location::_M_impl>;

template <class>
struct PointeeOfMember;
template <class Class, class Pointee>
struct PointeeOfMember<const Pointee * Class::*> {
    using type = Pointee;
};

constexpr auto kRecordMember = member_of(LocationRecord{});
using Record = PointeeOfMember<std::remove_const_t<decltype(kRecordMember)>>::type;
static_assert(sizeof(std::source_location) == sizeof(const Record*),
              "a location is one pointer to its record");

std::source_location location_of(const Record* record) noexcept {
    std::source_location location;
    location.*kRecordMember = record;
    return location;
}

/// Every line named so far. The nodes of both maps stay where they are when more are added.
class SourceLines {
public:
    const Record* find_or_add(const char* file, unsigned line) {
        const std::lock_guard lock(mutex_);
        const auto entry = files_.try_emplace(file).first;
        return &entry->second.try_emplace(line, make_record(entry->first.c_str(), line)).first->second;
    }

private:
    static Record make_record(const char* file, unsigned line) noexcept {
        Record record{};
        record._M_file_name = file;
        record._M_function_name = "";
        record._M_line = line;
        return record;
    }

    std::mutex mutex_;
    std::unordered_map<std::string, std::unordered_map<unsigned, Record>> files_;
};

/// Never destroyed: destructors of static objects may still hold locations.
SourceLines& source_lines() {
    static auto* lines = new SourceLines;
    return *lines;
}

/// Lines that this thread named most recently, one for each place. The pointer to the file's name is part of
/// the place only; the text decides, since another text may have taken its address.
constexpr std::size_t kRecentLines = 64;
thread_local std::array<const Record*, kRecentLines> recent_lines{};

const Record*& recent_place(const char* file, unsigned line) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(file);
    return recent_lines[(address / 8 + line) % kRecentLines];
}

}  // namespace

std::source_location source_line(const char* file, int line) {
    if (file == nullptr || *file == '\0' || line < 1) return {};
    const auto number = static_cast<unsigned>(line);
    const Record*& recent = recent_place(file, number);
    if (recent == nullptr || recent->_M_line != number || std::strcmp(recent->_M_file_name, file) != 0)
        recent = source_lines().find_or_add(file, number);
    return location_of(recent);
}

}  // namespace weir::capi
