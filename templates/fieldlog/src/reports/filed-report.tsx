import { useQuery } from "bothy/react";
import { useEffect } from "react";
import { api } from "../../bothy/_generated/api.js";
import { Loading } from "../elements/loading.tsx";
import { idFromText } from "../ids.ts";
import { navigate, type FilterText } from "../route.ts";

interface FiledReportProps {
  readonly airportId: string;
  readonly draftKey: string;
  readonly filters: FilterText;
}

/** Finds the report that was just filed here by its key, and goes to it by its id. */
export function FiledReport({ airportId, draftKey, filters }: FiledReportProps) {
  const found = useQuery(api.shared.reports.byDraft, { airportId: idFromText<"airports">(airportId), draftKey });
  const reportId = found.value?._id;
  useEffect(() => {
    if (reportId === undefined) return;
    navigate({ screen: "reports", pane: { kind: "report", reportId }, filters }, "replace");
  }, [reportId, filters]);
  return <Loading what="the report" error={found.error} />;
}
