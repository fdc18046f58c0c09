#include "broker/lifecycle/torn.hpp"

#include "tests/lifecycle/audit_world.hpp"

#include <string>
#include <utility>

using namespace sinyal;

TEST_CASE("a notification that is kept for a part of its subjects is told once it is old enough") {
  lifecycle::torn_notifications torn;
  const auto add = [&](std::string id, std::int32_t number, std::int64_t offset,
                       std::string subjects, std::int64_t time) {
    test::kept record{"k", "v", {{"sinyal_id", std::move(id)}, {"sinyal_merchant", "M"}}, time};
    if (!subjects.empty()) record.headers.emplace_back("sinyal_subjects", std::move(subjects));
    test::with_view(record, offset, [&](codec::record_view view) {
      view.partition = number;
      torn.add(view);
    });
  };
  const std::string two = "M:payment:A M:invoice:I";
  add("whole", 0, 1, two, 100);
  add("torn", 0, 2, two, 100);
  add("alone", 0, 3, "", 100);
  add("spaces", 0, 4, "M:payment:A B M:invoice:I J", 100);
  add("young", 0, 5, two, 200);
  add("whole", 4, 1, two, 100);
  add("spaces", 4, 2, "M:payment:A B M:invoice:I J", 100);
  add("torn too", 4, 7, two, 199);
  const auto found = torn.received_before({200});
  REQUIRE(found.size() == 2);
  CHECK((found[0].id == "torn" && found[0].partition == 0 && found[0].offset == 2));
  CHECK((found[1].id == "torn too" && found[1].partition == 4 && found[1].offset == 7));
}
