create or replace package crm_substitute
   authid definer
   accessible by (package crm_outbox, package crm_leads, package crm_bridge_api, package crm_test_substitute)
is
   /**
   Values that the CRM got in the place of one that it does not know: a sales rep who is not in its list is sent as a
   default. The agreed image holds what was sent, because that is what the CRM has; crm_records.substitutes says for
   which value of the ERP it stands. While both are as they were then, the field is no difference in either direction.

   Owns:    the column substitutes of crm_records
   Commits: never
   */

   /** The document with what was sent in the place of its own values. @param in_sent  JSON object of texts, or null */
   function image_of(
      in_document in crm_records.agreed_image%type,
      in_sent     in varchar2
   ) return crm_records.agreed_image%type;

   /** Writes what was sent for which value. @param in_sent  JSON object of texts; null: nothing was replaced */
   procedure note(
      in_record_key in crm_records.record_key%type,
      in_document   in crm_records.agreed_image%type,
      in_sent       in varchar2
   );

   /**
   Takes a lead as read for what the ERP means by it. A field that still holds the substitute counts as not read; one
   that the CRM has changed since counts as changed there alone: io_erp gets what the CRM was sent.
   */
   procedure see_through(
      in_record_key in            crm_records.record_key%type,
      io_erp        in out nocopy crm_types.fields_type,
      io_crm        in out nocopy crm_types.fields_type
   );

   /** Forgets substitutes that the ERP or the CRM has replaced, after both were read. */
   procedure forget_replaced(
      in_record_key in crm_records.record_key%type,
      in_erp        in crm_types.fields_type,
      in_image      in crm_types.fields_type
   );

   /**
   Finds the records whose replaced value the CRM knows by now and ends their agreement, so that a change of them is
   sent. Records that are being worked on are left to the next call.
   - @param in_field_name    'sales_rep'
   - @param in_known         JSON array of the values that the CRM knows, as texts
   - @param out_record_keys  what is to be sent, never null
   - @throws crm_err.e_invalid_argument, crm_err.e_invalid_json
   */
   procedure release(
      in_field_name   in  varchar2,
      in_known        in  clob,
      out_record_keys out crm_record_keys_ct
   );
end crm_substitute;
/
