create or replace package body crm_record
is
   procedure create_missing(in_record_keys in crm_record_keys_ct)
   is
      t_missing crm_record_keys_ct;
   begin
      -- in key order: two workers that create the same records must not lock them crosswise
      select /*+ cardinality(k 100) */ distinct k.column_value
        bulk collect into t_missing
        from table(in_record_keys) k
       where not exists (
                select null
                  from crm_records r
                 where r.record_key = k.column_value
             )
       order by k.column_value;
      if t_missing.count = 0 then
         return;
      end if;
      forall i in 1 .. t_missing.count save exceptions
         insert into crm_records (
            record_key, client_code, branch_code
         ) values (
            t_missing(i),
            to_number(substr(t_missing(i), 1, instr(t_missing(i), '-') - 1)),
            to_number(substr(t_missing(i), instr(t_missing(i), '-') + 1))
         );
   exception
      when crm_err.e_bulk_errors then
         <<failures>>
         for j in 1 .. sql%bulk_exceptions.count loop
            if sql%bulk_exceptions(j).error_code <> crm_err.co_duplicate then
               crm_err.raise_error(
                  in_number => crm_err.co_invalid_record_key,
                  in_detail => t_missing(sql%bulk_exceptions(j).error_index)
               );
            end if;
         end loop failures;
   end create_missing;

   procedure lease(
      in_record_keys   in  crm_record_keys_ct,
      in_worker_id     in  crm_records.lease_owner%type,
      in_lease_seconds in  pls_integer,
      out_record_keys  out crm_record_keys_ct
   )
   is
      cursor c_free is
         select r.record_key
           from crm_records r
          where r.record_key in (select /*+ cardinality(k 100) */ k.column_value from table(in_record_keys) k)
            and r.lease_owner is null
          order by r.record_key
            for update skip locked;
      t_free crm_record_keys_ct;
   begin
      out_record_keys := crm_record_keys_ct();
      create_missing(in_record_keys => in_record_keys);
      open c_free;
      fetch c_free bulk collect into t_free;
      close c_free;
      if t_free.count = 0 then
         return;
      end if;
      -- asked again under the lock: what the cursor saw may have been leased before the row was locked
      forall i in 1 .. t_free.count
         update crm_records r
            set r.lease_owner = in_worker_id,
                r.lease_until = systimestamp + numtodsinterval(in_lease_seconds, 'SECOND'),
                r.fence_token = r.fence_token + 1
          where r.record_key = t_free(i)
            and r.lease_owner is null
         returning r.record_key bulk collect into out_record_keys;
   end lease;

   procedure register(in_record_key in crm_records.record_key%type)
   is
   begin
      create_missing(in_record_keys => crm_record_keys_ct(in_record_key));
   end register;

   procedure give_back(in_record_keys in crm_record_keys_ct)
   is
   begin
      forall i in 1 .. in_record_keys.count
         update crm_records r
            set r.lease_owner = null,
                r.lease_until = null
          where r.record_key = in_record_keys(i);
   end give_back;

   procedure end_expired(out_record_keys out crm_record_keys_ct)
   is
      cursor c_expired is
         select r.record_key
           from crm_records r
          where r.lease_until < systimestamp
            for update skip locked;
      t_expired crm_record_keys_ct;
   begin
      out_record_keys := crm_record_keys_ct();
      open c_expired;
      fetch c_expired bulk collect into t_expired;
      close c_expired;
      if t_expired.count = 0 then
         return;
      end if;
      -- asked again under the lock: the record may have been leased anew before the row was locked
      forall i in 1 .. t_expired.count
         update crm_records r
            set r.lease_owner = null,
                r.lease_until = null
          where r.record_key = t_expired(i)
            and r.lease_until < systimestamp
         returning r.record_key bulk collect into out_record_keys;
   end end_expired;

   procedure end_worker(
      in_worker_id    in  crm_records.lease_owner%type,
      out_record_keys out crm_record_keys_ct
   )
   is
   begin
      update crm_records r
         set r.lease_owner = null,
             r.lease_until = null
       where r.lease_owner = in_worker_id
      returning r.record_key bulk collect into out_record_keys;
   end end_worker;

   procedure assert_lease(
      in_record_key  in crm_records.record_key%type,
      in_fence_token in crm_records.fence_token%type
   )
   is
      l_owner crm_records.lease_owner%type;
      l_token crm_records.fence_token%type;
   begin
      select r.lease_owner, r.fence_token
        into l_owner, l_token
        from crm_records r
       where r.record_key = in_record_key
         -- plsqlcheck: allow waiting-lock because a row of ours is held for moments, and is locked first
         for update;
      if l_owner is null or l_token <> in_fence_token or in_fence_token is null then
         crm_err.raise_error(
            in_number => crm_err.co_stale_claim,
            in_detail => 'record ' || in_record_key || ', token ' || in_fence_token || ', current ' || l_token
         );
      end if;
   end assert_lease;

   -- Fields that a person must decide keep what was agreed on them.
   procedure keep_resting(
      in_record_key in     crm_records.record_key%type,
      io_image      in out crm_records.agreed_image%type,
      io_hash       in out crm_records.agreed_hash%type
   )
   is
      cursor c_resting is
         select c.field_name, r.agreed_image
           from crm_conflicts c
           join crm_records r
             on r.record_key = c.record_key
          where c.record_key = in_record_key
            and c.status = 'OPEN'
            and r.agreed_image is not null;
      l_image json_object_t;
      l_old   json_object_t;
   begin
      if io_image is null then
         return;
      end if;
      <<resting>>
      for r_resting in c_resting loop
         if l_image is null then
            l_image := json_object_t.parse(io_image);
            l_old   := json_object_t.parse(r_resting.agreed_image);
         end if;
         if crm_fields.text_of(l_old, r_resting.field_name) is null then
            l_image.put_null(r_resting.field_name);
         else
            l_image.put(r_resting.field_name, crm_fields.text_of(l_old, r_resting.field_name));
         end if;
      end loop resting;
      if l_image is not null then
         io_image := l_image.to_clob;
         io_hash  := null;
      end if;
   end keep_resting;

   procedure agree(
      in_record_key in crm_records.record_key%type,
      in_crm_id     in crm_records.crm_id%type,
      in_image      in crm_records.agreed_image%type,
      in_hash       in crm_records.agreed_hash%type,
      in_version    in crm_records.agreed_version%type default null
   )
   is
      l_image crm_records.agreed_image%type := in_image;
      l_hash  crm_records.agreed_hash%type := in_hash;
   begin
      keep_resting(
         in_record_key => in_record_key,
         io_image      => l_image,
         io_hash       => l_hash
      );
      update crm_records r
         set r.crm_id          = coalesce(in_crm_id, r.crm_id),
             r.agreed_image    = l_image,
             r.left_image      = case when l_image is null then coalesce(r.agreed_image, r.left_image) end,
             r.left_on         = case
                                    when l_image is null and coalesce(r.agreed_image, r.left_image) is not null
                                    then coalesce(r.left_on, systimestamp)
                                 end,
             r.agreed_hash     = l_hash,
             r.agreed_version  = coalesce(in_version, r.agreed_version),
             r.agreed_on       = systimestamp,
             r.doubtful_fields = null
       where r.record_key = in_record_key;
   exception
      when dup_val_on_index then
         crm_err.raise_error(
            in_number => crm_err.co_crm_id_taken,
            in_detail => 'record ' || in_record_key || ', lead ' || in_crm_id
         );
   end agree;

   procedure store_crm_id(in_record_key in crm_records.record_key%type)
   is
      cursor c_branch is
         select b.client_code, b.code, r.crm_id
           from crm_records r
           join erp.branches b
             on b.client_code = r.client_code
            and b.code = r.branch_code
          where r.record_key = in_record_key
            and r.crm_id is not null
            and decode(b.id_crm, r.crm_id, 0, 1) = 1
            for update of b.id_crm skip locked;
      r_branch c_branch%rowtype;
   begin
      open c_branch;
      fetch c_branch into r_branch;
      if c_branch%found then
         update erp.branches b
            set b.id_crm = r_branch.crm_id
          where b.client_code = r_branch.client_code
            and b.code = r_branch.code
            and decode(b.id_crm, r_branch.crm_id, 0, 1) = 1;
      else
         -- somebody edits the branch: crm_reconcile.store_crm_ids finds by the mark what is still to be stored
         update crm_records r
            set r.id_due_on = systimestamp
          where r.record_key = in_record_key
            and r.crm_id is not null
            and exists (
                   select null
                     from erp.branches b
                    where b.client_code = r.client_code
                      and b.code = r.branch_code
                      and decode(b.id_crm, r.crm_id, 0, 1) = 1
                );
      end if;
      close c_branch;
   end store_crm_id;

   procedure note_applied(in_record_key in crm_records.record_key%type)
   is
   begin
      update crm_records r
         set r.is_applied = crm_types.co_yes
       where r.record_key = in_record_key
         and r.is_applied = crm_types.co_no;
   end note_applied;

   procedure note_delivered(in_record_key in crm_records.record_key%type)
   is
      co_minutes constant number := crm_config.number_value(in_name => crm_config.co_loop_minutes);
      co_begin   constant crm_records.loop_since%type := systimestamp - numtodsinterval(co_minutes, 'MINUTE');
   begin
      update crm_records r
         set r.is_applied = crm_types.co_no,
             r.loop_count = case when r.loop_since >= co_begin then r.loop_count + 1 else 1 end,
             r.loop_since = case when r.loop_since >= co_begin then r.loop_since else systimestamp end
       where r.record_key = in_record_key
         and r.is_applied = crm_types.co_yes;
   end note_delivered;

   procedure mend_fuses(in_record_keys in crm_record_keys_ct)
   is
   begin
      forall i in 1 .. in_record_keys.count
         update crm_records r
            set r.loop_count = 0,
                r.loop_since = null
          where r.record_key = in_record_keys(i);
   end mend_fuses;

   procedure forget_lead(
      in_record_key    in  crm_records.record_key%type,
      in_crm_id        in  crm_records.crm_id%type,
      out_is_forgotten out crm_types.flag_type
   )
   is
      cursor c_record is
         select r.client_code, r.branch_code
           from crm_records r
          where r.record_key = in_record_key
            and r.crm_id = in_crm_id
            and r.lease_owner is null
            for update nowait;
      cursor c_branch(
         in_client_code in crm_records.client_code%type,
         in_branch_code in crm_records.branch_code%type
      ) is
         select b.id_crm
           from erp.branches b
          where b.client_code = in_client_code
            and b.code = in_branch_code
            for update of b.id_crm nowait;
      r_record c_record%rowtype;
      r_branch c_branch%rowtype;
   begin
      out_is_forgotten := crm_types.co_no;
      open c_record;
      fetch c_record into r_record;
      if c_record%found then
         open c_branch(
            in_client_code => r_record.client_code,
            in_branch_code => r_record.branch_code
         );
         fetch c_branch into r_branch;
         update crm_records r
            set r.crm_id            = null,
                r.agreed_image      = null,
                r.agreed_hash       = null,
                r.agreed_on         = null,
                r.agreed_stage      = null,
                r.agreed_budget     = null,
                r.is_proposal_empty = crm_types.co_no,
                r.left_image        = null,
                r.left_on           = null,
                r.substitutes       = null,
                r.is_applied        = crm_types.co_no,
                r.doubtful_fields   = null,
                r.ended_on          = null,
                r.end_reason        = null
          where r.record_key = in_record_key;
         update erp.branches b
            set b.id_crm = null
          where b.client_code = r_record.client_code
            and b.code = r_record.branch_code
            and b.id_crm = in_crm_id;
         close c_branch;
         out_is_forgotten := crm_types.co_yes;
      end if;
      close c_record;
   exception
      when crm_err.e_resource_busy then
         out_is_forgotten := crm_types.co_no;
   end forget_lead;
end crm_record;
/
