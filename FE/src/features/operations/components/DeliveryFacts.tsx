import { Fact, Facts } from "@/components/Facts";
import { JsonText } from "@/components/JsonText";
import { formatDayAndTime } from "@/lib/format/dates";

import type { DeliveryWithEvent } from "../api/deliveries";

export function DeliveryFacts({ delivery }: { delivery: DeliveryWithEvent }) {
  return (
    <Facts>
      <Fact label="Event">
        {delivery.event_name}, version {delivery.event_version}
      </Fact>
      <Fact label="Handler">{delivery.handler}</Fact>
      <Fact label="State">
        {delivery.state}, after {delivery.attempts} attempts
      </Fact>
      <Fact label="Last error">{delivery.last_error ?? "–"}</Fact>
      <Fact label="Payload">
        <JsonText value={delivery.payload} />
      </Fact>
      <Fact label="Occurred">{formatDayAndTime(delivery.occurred_at)}</Fact>
      {delivery.finished_at !== null && (
        <Fact label="Given up">{formatDayAndTime(delivery.finished_at)}</Fact>
      )}
      <Fact label="Actor">{delivery.actor_id ?? "Nobody who was signed in"}</Fact>
      {delivery.api_key_id && <Fact label="By API key">{delivery.api_key_id}</Fact>}
      <Fact label="Request">{delivery.request_id ?? "–"}</Fact>
      <Fact label="Address">{delivery.client_ip ?? "–"}</Fact>
      <Fact label="Order key">{delivery.key ?? "–"}</Fact>
      <Fact label="Event id">{delivery.event_id}</Fact>
    </Facts>
  );
}
